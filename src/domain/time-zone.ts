/** Of shows and statements where nobody names another. */
export const defaultTimeZone = 'UTC';
