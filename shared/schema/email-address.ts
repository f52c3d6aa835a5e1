/**
 * E-mail addresses (shared/http/README.md, "E-mail addresses"). Each has one form, in which it is stored, compared and
 * sent: lower case, the domain in A-labels (RFC 5890 §2.3.2.1).
 */

/** Octets of an address and of its local part (RFC 5321 §4.5.3.1; the path of 256 has brackets). */
export const maxAddressLength = 254;
const maxLocalLength = 64;
/** Characters that are read at all. A domain of other letters is longer in A-labels, but blanks may be around it. */
const maxReadLength = 512;

/** `Dot-string` (RFC 5321 §4.1.2). Quoted strings are rejected: few mail systems take them. */
const localForm = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
const ascii = /^\p{ASCII}*$/u;

/**
 * Characters of a domain before it is mapped. Of ASCII only letters, digits, hyphens and dots, since the parser of URLs
 * takes others for ports, paths and escapes. Of invisible ones only the joiners, which IDNA checks.
 */
const domainCharacters = /^(?:[A-Za-z0-9.-]|[\u200c\u200d]|[^\p{ASCII}\p{C}\p{Z}])+$/u;

/** At least two labels (RFC 1123 §2.1); the last begins with a letter, as it is no number of an IP address. */
const domainForm = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** A domain in lower case and A-labels (UTS #46, as URLs map it); undefined: it is none. */
function domainOf(given: string): string | undefined {
  if (!domainCharacters.test(given)) return undefined;
  const mapped = URL.parse(`http://${given}`)?.hostname ?? '';
  return mapped.length < maxAddressLength && domainForm.test(mapped) ? mapped : undefined;
}

type ReadAddress = { readonly address: string } | { readonly fault: string };

const noAddress: ReadAddress = { fault: 'must be an e-mail address' };

/** Blanks around an address are dropped; within it there are none. */
function readAddress(given: string): ReadAddress {
  if (given.length > maxReadLength) return noAddress;
  const text = given.replaceAll(/^ +| +$/g, '');
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const domain = domainOf(text.slice(at + 1));
  if (local === '' || domain === undefined) return noAddress;
  // Before it is folded: the Kelvin sign becomes a `k`, and so the address of another person.
  if (!ascii.test(local)) return { fault: 'must have only ASCII characters before the @: SMTPUTF8 is not supported' };
  if (local.length > maxLocalLength) return { fault: `must have at most ${maxLocalLength} characters before the @` };
  const address = `${local.toLowerCase()}@${domain}`;
  return localForm.test(local) && address.length <= maxAddressLength ? { address } : noAddress;
}

/** The form in which an address is stored; undefined: it is none. */
export function storedAddress(given: string): string | undefined {
  const read = readAddress(given);
  return 'address' in read ? read.address : undefined;
}

/** Why a text is no address, as the end of a sentence; undefined: it is one. */
export function addressFault(given: string): string | undefined {
  const read = readAddress(given);
  return 'fault' in read ? read.fault : undefined;
}
