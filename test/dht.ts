// The nodes of a DHT in a process of their own, at an address: says its bootstrap as a line of JSON, and ends with the
// process that started it.
import createTestnet from 'hyperdht/testnet.js'

const { bootstrap } = await createTestnet(10, { host: process.argv[2] as string })
console.log(JSON.stringify(bootstrap))
process.stdin.resume().once('end', () => process.exit())
