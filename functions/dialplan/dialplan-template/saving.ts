import { AppError } from '../../../shared/errors.ts';
import { rememberedGateways } from '../dialplan-evaluator/gateways.ts';
import { ruleTooLarge, tooLargeBeside } from '../dialplan-evaluator/pattern-load.ts';
import type { PlanEdit } from '../dialplan-evaluator/plan.ts';
import { compileTemplate, isTemplateProblem } from '../dialplan-evaluator/template.ts';
import { archived, type ArchiveEntry, type Author } from '../dialplan-history/archive.ts';
import { gatewaysNamedIn } from './named-gateways.ts';
import {
  newTemplate,
  replacedTemplate,
  versionText,
  type DialplanTemplate,
  type TemplateFields,
  type TemplateShown,
} from './dialplan-template.ts';

/** What a save of the template makes of it, of the plan and of the archive; all of it is stored in one transaction. */
export type TemplateSave = {
  readonly template: DialplanTemplate;
  readonly edit: PlanEdit;
  readonly entry: ArchiveEntry;
};

/** Managed gateways of the organization: those that the template names at least. */
type Gateways = Parameters<typeof rememberedGateways>[1];

/** The first template of an organization. @throws AppError 422 */
export function templateCreation(fields: TemplateFields, id: string, gateways: Gateways, author: Author): TemplateSave {
  checkRules(fields);
  const template = newTemplate({ ...fields, gateway_ids: gatewayIds(fields, gateways) }, id, author.at);
  return {
    template,
    edit: putIntoPlan(template),
    entry: archived({ ...archivedAs(template), action: 'create', after: fields }, author),
  };
}

/** The template that replaces another. @throws AppError 422 */
export function templateReplacement(
  before: DialplanTemplate,
  wanted: TemplateFields,
  gateways: Gateways,
  author: Author,
): TemplateSave {
  checkRules(wanted);
  const fields = fieldsOf(wanted);
  const template = replacedTemplate(
    before,
    { ...fields, gateway_ids: gatewayIds(fields, gateways, before.gateway_ids) },
    author.at,
  );
  return {
    template,
    edit: putIntoPlan(template),
    entry: archived({ ...archivedAs(template), action: 'update', before: fieldsOf(before), after: fields }, author),
  };
}

/** The fields that are the caller's to set, as the archive keeps them. */
const fieldsOf = ({ name, rules, variables, policies }: TemplateFields): TemplateFields => ({
  name,
  rules,
  variables,
  policies,
});

const archivedAs = ({ id, name, version }: DialplanTemplate) =>
  ({ type: 'template', entity_id: id, entity_name: name, version }) as const;

const gatewayIds = (fields: TemplateFields, gateways: Gateways, before?: DialplanTemplate['gateway_ids']) =>
  rememberedGateways(gatewaysNamedIn(fields), gateways, before).ids;

const putIntoPlan = ({ rules, variables, gateway_ids: ids = {} }: DialplanTemplate): PlanEdit => ({
  kind: 'template-put',
  template: { rules, variables, gateway_ids: ids },
});

/**
 * Bytes of JSON; an archive entry holds it three times (new, changed from, changed to) and DynamoDB's items end at 400
 * KB.
 */
const largestTemplate = 120_000;

function checkRules(fields: TemplateFields): void {
  const size = Buffer.byteLength(JSON.stringify(fieldsOf(fields)));
  if (size > largestTemplate)
    throw new AppError('LIMIT_EXCEEDED', `The template has ${size} bytes; it may have ${largestTemplate}`);
  const compiled = compileTemplate(fields);
  if (!isTemplateProblem(compiled)) {
    const position = ruleTooLarge(fields.rules.map(({ pattern }) => pattern));
    if (position !== null) throw tooLargeBeside(`rules[${position}].pattern`);
    return;
  }
  const code = compiled.find((problem) => problem.code === 'INVALID_PATTERN')?.code ?? 'VALIDATION_FAILED';
  const details = compiled.map(({ path, message }) => ({ path, message }));
  throw new AppError(code, details.map(({ path, message }) => `${path}: ${message}`).join('; '), { details });
}

/** As answered. */
export const presentTemplate = ({ gateway_ids: _, ...template }: DialplanTemplate): TemplateShown => ({
  ...template,
  version: versionText(template.version),
});

/** As events show it: rules may be many, and lie in the archive. */
export const auditedTemplate = ({ id, name, rules, variables, policies }: DialplanTemplate): object => ({
  id,
  name,
  rules: `${rules.length} rules`,
  variables,
  policies,
});
