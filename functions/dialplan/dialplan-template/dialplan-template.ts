import * as z from 'zod';
import { Id, Name, text, Timestamp } from '../../../shared/schema/values.ts';

/** Seed 004, "Get Dial Plan Template", and PUT /dialplan/template of dialplan.md. */

/** What a rule does with the call; `set` sets a variable and goes on, each other one is final. */
export const templateActions = ['bridge', 'transfer', 'answer', 'playback', 'voicemail', 'hangup', 'set'] as const;
export type TemplateAction = (typeof templateActions)[number];

/** Begins with a letter: `$1` is a capture, and no name is `__proto__`. */
export const variableName = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

export const TemplateRule = z.object({
  /** Lower goes first; rules of one priority go in the order of the list. */
  priority: z.int().min(0).max(1_000_000).default(1000),
  /** Bounded by its own compiler, whose refusal (`INVALID_PATTERN`) names the position. */
  pattern: z.string().trim().meta({ minLength: 1, maxLength: 512 }),
  action: z.enum(templateActions),
  /** `$0`–`$9` are captures of the pattern, `${name}` a variable; for `set` it is `name=value`. */
  destination: text(512).default(''),
});
export type TemplateRule = z.output<typeof TemplateRule>;

/** What a double and DynamoDB both hold exactly enough to be written as it was sent. */
const VariableNumber = z
  .number()
  .refine(
    (value) => value === 0 || (Math.abs(value) >= 1e-9 && Math.abs(value) <= Number.MAX_SAFE_INTEGER),
    'is too large or too small a number',
  );

const Variables = z
  .record(z.string().regex(variableName, 'is no variable name'), z.union([text(512), VariableNumber, z.boolean()]))
  .refine((variables) => Object.keys(variables).length <= 100, 'holds more than 100 variables');

/** What PUT /dialplan/template takes. */
export const TemplateFields = z.object({
  name: Name,
  rules: z.array(TemplateRule).max(500).default([]),
  variables: Variables.default({}),
  /** Ids of the policies that the template includes; whether they exist is the store's to say (`UNKNOWN_POLICY`). */
  policies: z
    .array(z.string().regex(/^pol_[0-9A-Za-z_-]{1,64}$/, 'is no policy id'))
    .max(1_000)
    .refine((ids) => new Set(ids).size === ids.length, 'names a policy twice')
    .default([]),
});
export type TemplateFields = z.output<typeof TemplateFields>;

/** An organization's template as it is stored. */
export type DialplanTemplate = TemplateFields & {
  readonly id: string;
  /** 1 at first, one more with each replacement. */
  readonly version: number;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly updated_at: string;
  /** The id behind each gateway name in the rules that was managed when saved, by its lower-case form. */
  readonly gateway_ids?: Readonly<Record<string, string>>;
};

/** As answered. What was once accepted is shown, also when the rules have become stricter since. */
export const TemplateShown = z
  .object({
    id: Id('tpl'),
    name: z.string(),
    version: z.string(),
    created_at: Timestamp,
    updated_at: Timestamp,
    rules: z.array(
      z.object({ priority: z.int(), pattern: z.string(), action: z.enum(templateActions), destination: z.string() }),
    ),
    variables: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    policies: z.array(z.string()),
  })
  .meta({ id: 'Template' });
export type TemplateShown = z.input<typeof TemplateShown>;

/** A template as it is first stored. `at` is ISO 8601 UTC. */
export const newTemplate = (
  fields: TemplateFields & Pick<DialplanTemplate, 'gateway_ids'>,
  id: string,
  at: string,
): DialplanTemplate => ({
  ...fields,
  id,
  version: 1,
  created_at: at,
  updated_at: at,
});

/** The template that replaces another, under its id and the next version. `at` is ISO 8601 UTC. */
export const replacedTemplate = (
  present: DialplanTemplate,
  fields: TemplateFields & Pick<DialplanTemplate, 'gateway_ids'>,
  at: string,
): DialplanTemplate => ({
  ...present,
  ...fields,
  version: present.version + 1,
  updated_at: at,
});

/** As answered: `"1.0"` for the first, then the minor number goes up. */
export const versionText = (version: number): string => `1.${version - 1}`;
