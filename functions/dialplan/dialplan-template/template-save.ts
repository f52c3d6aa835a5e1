import { AppError } from '#errors.ts';
import { omit } from '#schema/omit.ts';
import { emergencyWarnings } from '../emergency-warnings/emergency-warning.ts';
import { resolveGateways } from '../plan/gateways.ts';
import { findOversizedRule } from '../plan/pattern-load.ts';
import { patternTooLarge } from '../plan/plan-change.ts';
import type { Locale, Plan, PlanEdit } from '../plan/plan.ts';
import { compileTemplate, isTemplateProblem } from '../plan/template.ts';
import { archiveEntry, type ArchiveEntry, type Author } from '../dialplan-history/archive.ts';
import { dialplanErrors } from '../schema/errors.ts';
import type { TemplateShown } from './contract.ts';
import { gatewaysNamedIn } from '../schema/dialplan-template.ts';
import {
  newTemplate,
  nextTemplate,
  versionText,
  type DialplanTemplate,
  type TemplateFields,
} from '../schema/dialplan-template.ts';

/** What one transaction stores when the template is saved. */
export type TemplateSave = {
  readonly template: DialplanTemplate;
  readonly edit: PlanEdit;
  readonly entry: ArchiveEntry;
};

/** Managed gateways of the organization, at least those that the template names. */
type Gateways = Parameters<typeof resolveGateways>[1];

/** The first template of an organization. @throws AppError 422 */
export function prepareTemplateCreation(
  fields: TemplateFields,
  id: string,
  gateways: Gateways,
  author: Author,
): TemplateSave {
  assertRules(fields);
  const template = newTemplate({ ...fields, gateway_ids: gatewayIds(fields, gateways) }, id, author.at);
  return {
    template,
    edit: planEditOf(template),
    entry: archiveEntry({ ...archiveSubject(template), action: 'create', after: fields }, author),
  };
}

/** The next version of the template. @throws AppError 422 */
export function prepareTemplateReplacement(
  before: DialplanTemplate,
  replacement: TemplateFields,
  gateways: Gateways,
  author: Author,
): TemplateSave {
  assertRules(replacement);
  const fields = fieldsOf(replacement);
  const template = nextTemplate(
    before,
    { ...fields, gateway_ids: gatewayIds(fields, gateways, before.gateway_ids) },
    author.at,
  );
  return {
    template,
    edit: planEditOf(template),
    entry: archiveEntry(
      { ...archiveSubject(template), action: 'update', before: fieldsOf(before), after: fields },
      author,
    ),
  };
}

/** The fields that the caller sets, as the archive stores them. */
const fieldsOf = ({ name, rules, variables, policies }: TemplateFields): TemplateFields => ({
  name,
  rules,
  variables,
  policies,
});

const archiveSubject = ({ id, name, version }: DialplanTemplate) =>
  ({ type: 'template', entity_id: id, entity_name: name, version }) as const;

const gatewayIds = (fields: TemplateFields, gateways: Gateways, before?: DialplanTemplate['gateway_ids']) =>
  resolveGateways(gatewaysNamedIn(fields), gateways, before).ids;

const planEditOf = ({ rules, variables, gateway_ids: ids = {} }: DialplanTemplate): PlanEdit => ({
  kind: 'template-put',
  template: { rules, variables, gateway_ids: ids },
});

/**
 * Bytes of JSON. An archive entry holds a template three times (snapshot, old, new); a DynamoDB item ends at 400 KB.
 */
const maxTemplateBytes = 120_000;

/** @throws AppError LIMIT_EXCEEDED, INVALID_PATTERN or VALIDATION_FAILED, the latter two with all faulty rules */
function assertRules(fields: TemplateFields): void {
  const size = Buffer.byteLength(JSON.stringify(fieldsOf(fields)));
  if (size > maxTemplateBytes)
    throw new AppError('LIMIT_EXCEEDED', `The template has ${size} bytes; the limit is ${maxTemplateBytes}`);
  const compiled = compileTemplate(fields);
  if (!isTemplateProblem(compiled)) {
    const position = findOversizedRule(fields.rules.map(({ pattern }) => pattern));
    if (position !== null) throw patternTooLarge(`rules[${position}].pattern`);
    return;
  }
  const hasPattern = compiled.some(({ code }) => code === 'INVALID_PATTERN');
  const details = compiled.map(({ path, message }) => ({ path, message }));
  throw new AppError(
    hasPattern ? dialplanErrors.INVALID_PATTERN : 'VALIDATION_FAILED',
    details.map(({ path, message }) => `${path}: ${message}`).join('; '),
    { details },
  );
}

/** @throws AppError UNKNOWN_POLICY with all ids that no policy has */
export function assertPoliciesExist(listed: readonly string[], existing: ReadonlySet<string>): void {
  const details = listed.flatMap((id, at) =>
    existing.has(id) ? [] : [{ path: `policies[${at}]`, message: `${id} is not a policy of the organization` }],
  );
  if (details.length > 0)
    throw new AppError(dialplanErrors.UNKNOWN_POLICY, details.map(({ message }) => message).join('; '), { details });
}

/** Warnings about emergency numbers that a save leaves without a way. @param edited the plan after the save */
export const templateWarnings = (edited: Plan, locale: Locale): readonly string[] => emergencyWarnings(edited, locale);

/** A template as answered. */
export const presentTemplate = (template: DialplanTemplate): TemplateShown => ({
  ...omit(template, 'gateway_ids'),
  version: versionText(template.version),
});

/** A template as events record it: the archive has the rules, which may be many. */
export const auditedTemplate = ({ id, name, rules, variables, policies }: DialplanTemplate): object => ({
  id,
  name,
  rules: `${rules.length} rules`,
  variables,
  policies,
});
