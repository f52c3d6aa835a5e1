/** Addresses that a save names for notices (functions/messaging/README.md, "Who may be written to"). */

export type Recipients = {
  /** Those that may be written to. */
  readonly allowed: ReadonlySet<string>;
  /** Those that were asked, whether they confirmed or not. */
  readonly asked: ReadonlySet<string>;
};

/** Those of the addresses to ask. */
export const addressesToAsk = (addresses: readonly string[], { allowed, asked }: Recipients): readonly string[] =>
  addresses.filter((address) => !allowed.has(address) && !asked.has(address));

/** Sentences about addresses that get no notice yet. @param field the field that names them */
export const noticeWarnings = (
  field: string,
  addresses: readonly string[],
  { allowed }: Recipients,
): readonly string[] =>
  addresses
    .filter((address) => !allowed.has(address))
    .map((address) => `${field}: ${address} gets no notice before it confirms by the link that is sent to it`);
