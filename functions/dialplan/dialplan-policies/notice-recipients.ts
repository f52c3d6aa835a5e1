/** Addresses in `actions.notify` that get no e-mail (functions/messaging/README.md, "Who may be written to"). */

/** Sentences about addresses that no user of the organization has. @param users addresses of users */
export const noticeWarnings = (addresses: readonly string[], users: ReadonlySet<string>): readonly string[] =>
  addresses
    .filter((address) => !users.has(address))
    .map((address) => `notify: ${address} is no user of the organization, and gets no e-mail`);
