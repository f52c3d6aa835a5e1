/** A count with what it counts: "1 call", "2 calls". @param noun of one; that of several has an `s` */
export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
