// Loaded before the program that `heliograph dev` starts: it ends with the one that started it, however that
// one ends.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref() // nor does it keep a program that has failed
