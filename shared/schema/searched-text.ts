/** The form in which texts are searched: case and accents do not count. */
export const foldText = (value: string): string =>
  value
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .trim();

/** Whether a text begins with another one, as a search for a prefix finds it. */
export const beginsWith = (value: string, prefix: string): boolean => foldText(value).startsWith(foldText(prefix));
