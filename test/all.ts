// Runs every test file of this folder, or those whose names contain the words given: `npm test -- invite gate`.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import test from 'brittle'

const folder = path.dirname(fileURLToPath(import.meta.url))
const words = process.argv.slice(2)
const files = fs
  .readdirSync(folder)
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort()

// By itself a test may take 30 s (brittle 4.1): on a machine that is busy, decoding and joining take longer.
test.configure({ timeout: 120_000 })

// Held back until all files are loaded, or brittle takes the first one for all there is.
test.pause()
for (const file of files) await import(pathToFileURL(path.join(folder, file)).href)
test.resume()
