// The founder's process of the benchmark `joining`: opens an album, prints so many invites, and stays online.
import { Album } from '../plain.ts'

const [folder, bootstrap, count] = process.argv.slice(2) as [string, string, string]
const album = await Album.open(folder, { network: { bootstrap: [bootstrap] }, keep: [] })
for (let i = 0; i < Number(count); i++) console.log((await album.invites.create()).code)
