// Loads all of the program and ends: Node keeps what it has compiled on the way in the folder that NODE_COMPILE_CACHE
// names (`prepare.cjs`, `Dockerfile`).
await Promise.all([import('../src/app.ts'), import('../src/demo/demo.ts')])
process.argv.push('--version') // for which every command is loaded
await import('../src/main.ts')
