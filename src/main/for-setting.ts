/** Does what a setting asks for. @throws Error that names the setting where it can't be done */
export const forSetting = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (cause) {
    throw new Error(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
};
