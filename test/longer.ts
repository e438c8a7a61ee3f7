// Runs the fuzzing tests for longer: `npm run fuzz -- 20` for twenty times as long; 30 unless told.
const [, , factor = '30'] = process.argv
process.env['HYPERALBUM_FUZZ'] = factor
process.argv.splice(2, Infinity, 'fuzz', 'hostile', 'garbage')
await import('./all.ts')
