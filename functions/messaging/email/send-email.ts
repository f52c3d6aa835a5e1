import * as z from 'zod';
import { priorities } from '#schema/email.ts';
import { JsonObject } from '#schema/json.ts';
import { Email as Address, OrganizationId, text } from '#schema/values.ts';
import { Attachment, maxAttachments } from './attachment.ts';
import { emailErrors } from './errors.ts';

/** The body of `PUT /email` (functions/messaging/README.md, "Send an e-mail"). */

/** Recipients of one request: `to`, `cc` and `bcc` together. */
const maxRecipients = 50;

/** The stored form of an address; its fault has the code of this endpoint. */
function readAddress(value: string, context: z.RefinementCtx, path: readonly PropertyKey[] = []): string {
  const { data, error } = Address.safeParse(value);
  const { message = '' } = error?.issues[0] ?? {};
  if (data === undefined)
    context.addIssue({ code: 'custom', path: [...path], message, params: emailErrors.INVALID_EMAIL_ADDRESS });
  return data ?? '';
}

const OneAddress = z.string().transform((value, context) => readAddress(value, context));

/** Addresses of which each occurs once. */
const Addresses = z
  .union([z.string(), z.array(z.string())], 'must be an address or a list')
  .transform((given, context) => {
    const isList = Array.isArray(given);
    const addresses = (isList ? given : [given]).map((value, at) => readAddress(value, context, isList ? [at] : []));
    return [...new Set(addresses)];
  });

export const SendEmail = z
  .object({
    to: Addresses.refine((to) => to.length > 0, 'must have a recipient').describe(
      'Recipients: each gets an e-mail of its own, and duplicates get one. With `cc` and `bcc` up to 50 addresses',
    ),
    cc: Addresses.default([]).describe('Recipients of copies, which go with the first e-mail'),
    bcc: Addresses.default([]).describe('Recipients of copies that no other recipient sees; with the first e-mail'),
    template: text(64, 1).describe(
      "Id or name of a template. Own templates come before the platform's, which must be open to the organization " +
        '(`settings.email.platform_templates`)',
    ),
    subject: text(200, 1)
      .optional()
      .describe('Subject in place of that of the template: one line, which may have variables'),
    variables: JsonObject({ bytes: 65_536, depth: 5 })
      .default({})
      .describe("Values of the template's variables: up to 64 KB and 5 levels"),
    from: OneAddress.optional().describe(
      "Sender, in or below a domain of the organization that is verified for e-mail. Default: the template's, then " +
        "`settings.email.default_from`, then the platform's own address",
    ),
    from_name: text(128)
      .optional()
      .describe("Name of the sender; without effect (a warning) if the sender is the platform's own address"),
    reply_to: OneAddress.optional().describe('Address for replies'),
    attachments: z
      .array(Attachment)
      .max(maxAttachments)
      .default([])
      .describe('Up to 10 files to attach, together up to 10,000,000 bytes'),
    priority: z
      .enum(priorities)
      .default('normal')
      .describe('Header fields `Importance` and `X-Priority`: `low` is 5, `normal` 3, `high` 1'),
    track_opens: z.boolean().default(true).describe('Whether the provider counts openings'),
    track_clicks: z
      .boolean()
      .default(true)
      .describe('Whether the provider counts followed links, which it rewrites for that'),
    orgId: OrganizationId.optional().describe("Organization that sends; default the caller's"),
    reference: text(128, 1).optional().describe('Text by which the sender finds the e-mail again; need not be unique'),
  })
  .refine(({ to, cc, bcc }) => to.length + cc.length + bcc.length <= maxRecipients, {
    path: ['to'],
    message: `to, cc and bcc must have at most ${maxRecipients} addresses together`,
  })
  .meta({ id: 'SendEmail' });
export type SendEmail = z.output<typeof SendEmail>;
