import type { AwsCall } from './aws-call.ts';

/** Parameters of SendEmail for a raw message (SES API v2 Reference). */
type RawEmail = {
  readonly FromEmailAddress: string;
  readonly Content?: { readonly Raw?: { readonly Data: string } };
  readonly EmailTags?: readonly { readonly Name: string; readonly Value: string }[];
};
export const rawEmail = ({ parameters }: Pick<AwsCall, 'parameters'>): RawEmail => parameters as RawEmail;

/** Raw messages have an IAM action of their own. */
export const emailAction = (call: Pick<AwsCall, 'method' | 'url' | 'parameters'>): string =>
  call.method !== 'POST' || call.url !== '/v2/email/outbound-emails'
    ? `${call.method} ${call.url}`
    : rawEmail(call).Content?.Raw === undefined
      ? 'SendEmail'
      : 'SendRawEmail';
