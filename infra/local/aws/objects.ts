import { presign } from '#objects/presign.ts';
import type { AwsAnswer, AwsCall, Credentials } from './aws-call.ts';
import { pseudoParameters } from '../templates/resource.ts';

/** A text in an element of XML. */
export const xmlText = (text: string): string => text.replaceAll(/[&<>"]/g, (each) => `&#${each.codePointAt(0)};`);

/** An answer in the form of S3. */
export const xml = (name: string, content: string): AwsAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body:
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`,
});

/** An error in the form of S3. */
export const objectFailure = (status: number, code: string, message: string): AwsAnswer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});

export const signatureMismatch = objectFailure(
  403,
  'SignatureDoesNotMatch',
  'The request signature we calculated does not match the signature you provided.',
);

/** S3's answer to a link that has expired or differs from what was signed; null if the link is valid. */
export async function linkRejection(
  { method, url, headers }: AwsCall,
  credentials: Credentials,
): Promise<AwsAnswer | null> {
  const asked = new URL(url, `http://${headers.host}`);
  const {
    'X-Amz-Signature': signature,
    'X-Amz-Date': date = '',
    'X-Amz-Expires': expires,
    'X-Amz-SignedHeaders': names = '',
  } = Object.fromEntries(asked.searchParams);
  if (signature === undefined) return signatureMismatch;
  for (const name of ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'])
    asked.searchParams.delete(`X-Amz-${name}`);
  const [at, seconds] = [
    new Date(date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5')),
    Number(expires),
  ];
  if (!(at.getTime() + seconds * 1_000 > Date.now())) return objectFailure(403, 'AccessDenied', 'Request has expired');
  const signed = Object.fromEntries(names.split(';').map((name) => [name, String(headers[name])]));
  const own = await presign(
    { method, url: asked, headers: signed },
    { credentials, region: pseudoParameters['AWS::Region'], at, seconds },
  );
  return own.searchParams.get('X-Amz-Signature') === signature ? null : signatureMismatch;
}
