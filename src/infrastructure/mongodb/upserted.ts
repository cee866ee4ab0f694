import { isDuplicateKey } from './mongo-errors.js';

/** Of two upserts of one document at once, one may find that the other has made it: it is done again. */
export const upserted = async <T>(upsert: () => Promise<T>): Promise<T> => {
  try {
    return await upsert();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return upsert();
  }
};
