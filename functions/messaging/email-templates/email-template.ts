import * as z from 'zod';
import { AppError, errorKinds } from '#errors.ts';
import { omit } from '#schema/omit.ts';
import { Email, Id, organizationText, text, Timestamp } from '#schema/values.ts';
import { templateName, type EmailTemplate, type OwnedTemplate, type TemplateHead } from '#schema/email-template.ts';

/** E-mail templates (functions/messaging/README.md, "Templates"). */

export const emailTemplateErrors = errorKinds({
  PLATFORM_TEMPLATE: [403, 'Templates of the platform cannot be changed; an own one of the same name replaces it.'],
  TEMPLATE_NAME_EXISTS: [409, 'An e-mail template with this name exists.'],
});

/** Bytes (UTF-8). One version is one item of at most 400 KB. */
const maxHtml = 256 * 1024;
const maxText = 64 * 1024;
const maxVariables = 16 * 1024;

/** A source: stored as it is, with its blanks and line ends. */
const source = (bytes: number, min: number) =>
  z
    .string()
    .min(min)
    .refine((value) => !value.includes('\0'), 'must not have the character NUL')
    .refine((value) => Buffer.byteLength(value) <= bytes, `must have at most ${bytes} bytes`);

const described = {
  name: 'Name, unique in the organization, for `template` of an e-mail: small letters, digits, `_` and `-`',
  subject: 'Subject, with values and blocks; one line',
  html: 'HTML part, up to 256 KB; values are escaped',
  text: 'Plain-text part, up to 64 KB; null: made from the HTML',
  from: "Sender, an address of a verified domain; null: the organization's default",
  from_name: "Name of the sender; null: the organization's default",
  description: 'For people',
  variables: 'Variables that a request must give, or that have a default; up to 64 with 16 KB together',
  variableName: 'Path of the value, such as `customer.name`',
  required: 'Whether it must be given. A value that is used outside of blocks and has no default always must',
  default: 'The value if none is given',
} as const;

const Variable = z.object({
  name: z
    .string()
    .max(128)
    .regex(/^[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*$/, 'must be a path of names, such as customer.name')
    .refine(
      (name) => !/(?:^|\.)(?:__proto__|constructor|prototype|this)(?:\.|$)/.test(name),
      'must not have the names __proto__, constructor, prototype and this',
    )
    .describe(described.variableName),
  required: z.boolean().default(true).describe(described.required),
  default: z
    .union([text(1_000), z.number(), z.boolean()])
    .optional()
    .describe(described.default),
});

const isDistinct = (variables: readonly { readonly name: string }[]): boolean =>
  new Set(variables.map(({ name }) => name)).size === variables.length;

export const NewEmailTemplate = z
  .object({
    name: z
      .string()
      .regex(templateName, 'must be 1 to 64 small letters, digits, _ and -, and begin with a letter')
      .refine((name) => name !== 'new', 'must not be new')
      .describe(described.name),
    subject: text(200, 1).describe(described.subject),
    html: source(maxHtml, 1).describe(described.html),
    text: source(maxText, 0).nullish().describe(described.text),
    from: Email.nullish().describe(described.from),
    from_name: text(128).nullish().describe(described.from_name),
    description: text(500).nullish().describe(described.description),
    variables: z
      .array(Variable)
      .max(64)
      .refine(isDistinct, 'names a variable twice')
      .refine(
        (variables) => Buffer.byteLength(JSON.stringify(variables)) <= maxVariables,
        `must have at most ${maxVariables} bytes`,
      )
      .default([])
      .describe(described.variables),
  })
  .meta({ id: 'NewEmailTemplate' });
export type NewEmailTemplate = z.output<typeof NewEmailTemplate>;

const shownHead = {
  id: Id('etpl').describe('Id'),
  organization_id: z.string().nullable().describe('Organization; null: the template belongs to the platform'),
  name: z.string().describe(described.name),
  version: z.int().describe('1 for a new template; each replacement raises it'),
  subject: z.string().describe(described.subject),
  description: z.string().nullable().describe(described.description),
  from: z.string().nullable().describe(described.from),
  from_name: z.string().nullable().describe(described.from_name),
  created_at: Timestamp.describe('Time of creation'),
  updated_at: Timestamp.describe('Time of the last change'),
};

const headExample = {
  id: 'etpl_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  organization_id: 'org_1001',
  name: 'order_shipped',
  version: 1,
  subject: 'Order {{order}} is on its way',
  description: null,
  from: 'orders@example.com',
  from_name: 'Example Ltd',
  created_at: '2026-01-31T12:00:00.000Z',
  updated_at: '2026-01-31T12:00:00.000Z',
};

/** A template in a list. */
export const ListedEmailTemplate = z.object(shownHead).meta({ id: 'ListedEmailTemplate', example: headExample });

export const ShownEmailTemplate = z
  .object({
    ...shownHead,
    html: z.string().describe(described.html),
    text: z.string().nullable().describe(described.text),
    variables: z
      .array(
        z.object({
          name: z.string().describe(described.variableName),
          required: z.boolean().describe(described.required),
          default: z.union([z.string(), z.number(), z.boolean()]).optional().describe(described.default),
        }),
      )
      .describe(described.variables),
    preview: z
      .object({
        subject: z.string().describe('Subject'),
        html: z.string().describe('HTML part'),
        text: z.string().describe('Plain-text part'),
      })
      .optional()
      .describe('The e-mail with the variables of `preview`, if the request has it'),
  })
  .meta({
    id: 'EmailTemplate',
    example: {
      ...headExample,
      html: '<p>Hello {{customer}}</p>',
      text: null,
      variables: [{ name: 'customer', required: false, default: 'customer' }],
    },
  });

/** What lists need of a template. */
export function headOf(template: TemplateHead): TemplateHead {
  const { id, name, version, subject, description, from, from_name, created_at, updated_at } = template;
  return { id, name, version, subject, description, from, from_name, created_at, updated_at };
}

type Owner = { readonly organization_id: number | null };

const ownerText = ({ organization_id: owner }: Owner): string | null =>
  owner === null ? null : organizationText(owner);

export const presentHead = (template: TemplateHead & Owner): z.input<typeof ListedEmailTemplate> => ({
  ...headOf(template),
  organization_id: ownerText(template),
});

export const presentTemplate = (template: OwnedTemplate): z.input<typeof ShownEmailTemplate> => ({
  ...presentHead(template),
  html: template.html,
  text: template.text,
  variables: template.variables.map(({ name, required, default: value }) => ({
    name,
    required,
    ...(value === undefined ? {} : { default: value }),
  })),
});

/** What the audit log records: not the parts, which are long and stay with their version. */
export const auditedTemplate = (template: EmailTemplate) => ({
  ...headOf(template),
  variables: template.variables.map(({ name }) => name),
});

type Origin = { readonly id: string; readonly version: number; readonly created_at: string };

const templateOf = (body: NewEmailTemplate, origin: Origin, now: string): EmailTemplate => ({
  ...omit(body, 'text', 'from', 'from_name', 'description'),
  text: body.text ?? null,
  from: body.from ?? null,
  from_name: body.from_name ?? null,
  description: body.description ?? null,
  ...origin,
  updated_at: now,
});

/** Version 1 of a template. @param now ISO 8601 UTC */
export const newTemplate = (body: NewEmailTemplate, id: string, now: string): EmailTemplate =>
  templateOf(body, { id, version: 1, created_at: now }, now);

/** The next version of a template: absent fields return to their defaults. */
export const nextTemplate = (
  { id, version, created_at }: EmailTemplate,
  body: NewEmailTemplate,
  now: string,
): EmailTemplate => templateOf(body, { id, version: version + 1, created_at }, now);

/** @throws AppError PLATFORM_TEMPLATE */
export const platformTemplateFault = (name: string): AppError =>
  new AppError(
    emailTemplateErrors.PLATFORM_TEMPLATE,
    `${name} is a template of the platform; an own one of this name replaces it`,
  );
