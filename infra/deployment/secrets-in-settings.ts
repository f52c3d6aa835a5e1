/** Secrets that are in a file by mistake. Settings hold names and ARNs; files of stages are committed. */

/** Names that a secret would have. */
export const secretName = /passw|secret|token|api_?-?key|private_?-?key|access_?-?key|credential/i;

const forms: readonly { readonly kind: string; readonly form: RegExp }[] = [
  { kind: 'a private key or certificate', form: /-----BEGIN / },
  { kind: 'an AWS access key', form: /\b(AKIA|ASIA)[A-Z0-9]{16}\b/ },
  { kind: 'a token', form: /\beyJ[\w-]{8,}\.[\w-]{8,}\./ },
  { kind: 'a token', form: /\b(gh[pousr]_|github_pat_|xox[abpr]-|sk-|sk_live_|glpat-)[\w-]{16,}/ },
  { kind: 'an address with a password', form: /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*@/i },
  { kind: 'a key', form: /(?<![0-9a-f])[0-9a-f]{32,}(?![0-9a-f])/i },
];

/** Letters and digits as generators of keys and passwords mix them. */
const generated = /[A-Za-z0-9+/=_]{24,}/g;
const isGenerated = (run: string): boolean => [/[a-z]/, /[A-Z]/, /\d/].every((each) => each.test(run)) && isMixed(run);

/** How often the kind of character changes: words that are joined in camel case change rarely. */
const isMixed = (run: string): boolean =>
  (run.match(/[a-z](?=[A-Z0-9])|[A-Z](?=[0-9])|\d(?=[A-Za-z])/g)?.length ?? 0) >= run.length / 5;

/** What kind of secret a text looks like; undefined for names and ARNs. */
export function secretIn(text: string): string | undefined {
  const found = forms.find(({ form }) => form.test(text));
  if (found !== undefined) return found.kind;
  // The names in an ARN are an operator's own, and long.
  if (text.startsWith('arn:')) return undefined;
  return (text.match(generated) ?? []).some(isGenerated) ? 'a generated secret' : undefined;
}
