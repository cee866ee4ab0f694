import { exitCodes, NotFound } from './exit-codes.js';
import { program } from './program.js';

const isBrokenPipe = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'EPIPE';

// Whoever reads the output may stop before its end, as `head` does.
process.stdout.on('error', (cause) => {
  if (isBrokenPipe(cause)) process.exit();
  throw cause;
});

try {
  await program.parseAsync();
} catch (cause) {
  if (!isBrokenPipe(cause)) {
    process.stderr.write(`boxoffice: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exitCode = cause instanceof NotFound ? exitCodes.notFound : exitCodes.failed;
  }
}
