// node --require: the server ends with the tests that started it, also when they were killed. Their end of stdin closes then.
process.stdin.resume();
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.on('error', () => process.kill(process.pid, 'SIGTERM'));
