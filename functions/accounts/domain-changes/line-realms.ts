import type { PhoneLine } from '#schema/phone.ts';
import type { Wanted } from './account-realms.ts';

/** The realms of phone lines after a change of domains (functions/accounts/README.md, "SIP realms"). */

type Ha1 = { readonly realm: string; readonly md5: string; readonly sha256: string };

type LineAccount = {
  readonly domain: string;
  readonly ha1: readonly Ha1[];
  readonly other_ha1: readonly Ha1[];
  readonly version: number;
};

/**
 * A line and its account in another domain, if its own is gone: the present one if it had that when it was made, else
 * one that it had, as no one knows its password. Undefined if it stays where it is.
 */
export function moveLine<L extends PhoneLine, A extends LineAccount>(
  line: L,
  account: A,
  { domain, realms, gone }: Wanted,
): { readonly line: L; readonly account: A } | undefined {
  if (realms.includes(line.domain) || !gone.includes(line.domain)) return undefined;
  const next = [domain, ...realms].flatMap((realm) => account.other_ha1.filter((each) => each.realm === realm))[0];
  if (next === undefined) return undefined;
  return {
    line: { ...line, domain: next.realm, version: line.version + 1 },
    account: {
      ...account,
      domain: next.realm,
      ha1: [next],
      other_ha1: account.other_ha1.filter((each) => each !== next),
      version: account.version + 1,
    },
  };
}
