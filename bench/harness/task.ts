import { fork } from 'node:child_process';

/** A module that does one job in a process of its own: told what to do by a message, and answering by one. */
export const runTask = <Job extends object, Result>(module: URL, job: Job): Promise<Result> => {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const child = fork(module, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.once('message', (result) => resolve(result as Result));
  child.once('error', reject);
  child.once('exit', (code, signal) => reject(new Error(`${module.pathname} ended with ${code ?? signal}`)));
  child.send(job);
  return promise;
};

/** The other side of `runTask`: takes the job, sends what came of it, and ends. */
export const onJob = <Job, Result extends object>(work: (job: Job) => Promise<Result>): void => {
  process.once('message', (job) => {
    work(job as Job).then(
      (result) => process.send?.(result, () => process.disconnect()),
      (cause: unknown) => {
        process.stderr.write(`${cause instanceof Error ? cause.stack : String(cause)}\n`);
        process.exit(1);
      },
    );
  });
};
