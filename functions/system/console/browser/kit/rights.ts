/** What a session may do. */
export type Holder = { readonly scopes: readonly string[] };

/** Whether the person has one of the scopes. No scopes: anyone has. */
export const isAllowed = ({ scopes }: Holder, wanted: readonly string[]): boolean =>
  wanted.length === 0 || wanted.some((scope) => scopes.includes(scope));
