/** Parameters of SendEmail for a raw message (SES API v2 Reference). */
export type RawEmail = {
  readonly FromEmailAddress: string;
  readonly Destination?: Readonly<Partial<Record<'ToAddresses' | 'CcAddresses' | 'BccAddresses', readonly string[]>>>;
  readonly ConfigurationSetName?: string;
  readonly Content?: { readonly Raw?: { readonly Data: string } };
  readonly EmailTags?: readonly { readonly Name: string; readonly Value: string }[];
};
/** A call of the SES API. */
type EmailCall = {
  readonly method: string;
  readonly url: string;
  readonly parameters: Readonly<Record<string, unknown>>;
};

export const rawEmail = ({ parameters }: Pick<EmailCall, 'parameters'>): RawEmail => parameters as RawEmail;

const identities = '/v2/email/identities';
const identityActions: Readonly<Record<string, string>> = {
  POST: 'CreateEmailIdentity',
  GET: 'GetEmailIdentity',
  DELETE: 'DeleteEmailIdentity',
};

/** The identity that a call names, in its path or its body; undefined for other calls. */
export function identityOf(call: EmailCall): string | undefined {
  const { method, url } = call;
  // Only this one has a body.
  if (url === identities && method === 'POST') return String(call.parameters['EmailIdentity']);
  const name = url.startsWith(`${identities}/`) ? url.slice(identities.length + 1) : undefined;
  return name === undefined || name.includes('/') ? undefined : decodeURIComponent(name);
}

/** The IAM action. Raw messages have one of their own. */
export function emailAction(call: EmailCall): string {
  if (call.url === identities || call.url.startsWith(`${identities}/`))
    return identityActions[call.method] ?? `${call.method} ${call.url}`;
  if (call.method !== 'POST' || call.url !== '/v2/email/outbound-emails') return `${call.method} ${call.url}`;
  return rawEmail(call).Content?.Raw === undefined ? 'SendEmail' : 'SendRawEmail';
}
