/**
 * @returns what it gives, if it does so in time; whatever it does later is let go of
 * @throws Error naming what took too long
 */
export const within = async <T>(ms: number, what: string, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer in ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

const leaveMs = 10_000;

/** A client whose broker has gone may wait for it for ever. @throws Error where it takes too long */
export const disconnected = (client: { disconnect(): Promise<void> }): Promise<void> =>
  within(leaveMs, 'the client is disconnected', client.disconnect());
