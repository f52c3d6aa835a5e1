/**
 * Values of the variables of key templates (`shared/dynamodb/access-patterns`): their form and maximum bytes of UTF-8.
 * Free text may contain `#`.
 */
type Variable = { readonly form: RegExp | 'free'; readonly bytes: number };

const some = (form: RegExp, bytes: number): Variable => ({ form, bytes });
const free = (bytes: number): Variable => ({ form: 'free', bytes });
const digits = (count: number): Variable => some(/\d+/, count);

/** The prefix of a type and a ULID: ids of one type sort by creation time. */
const id = some(/[a-z0-9]{2,16}_[0-9A-Za-z_-]{1,64}/, 81);
const hash = some(/[0-9A-Za-z_-]{16,64}/, 64);
const time = some(/\d{4}-\d\d-\d\dT[\d:.]+Z/, 24);
const word = some(/[a-z][a-z0-9_-]*/, 32);
/** A kind and a name: `user/usr_…`, `number/+4610100555`. */
const thing = some(/[a-z]+\/[^#]+/, 161);
/** Non-ASCII characters of UTF-8. */
const wide = 4;

const variables: Readonly<Record<string, Variable>> = {
  org: digits(12),
  parent: digits(12),
  shard: digits(3),
  minute: digits(10),
  version: digits(10),
  generation: digits(6),
  part: digits(6),
  expiry: digits(10),
  time,
  start: time,
  day: some(/\d{4}-\d\d-\d\d/, 10),
  hour: some(/\d{4}-\d\d-\d\dT\d\d/, 13),
  period: some(/\d{4}-\d\d/, 7),
  id,
  user: id,
  group: id,
  tariff: id,
  device: id,
  gateway: id,
  webhook: id,
  event: id,
  session: id,
  task: id,
  hash,
  phone: hash,
  principal: some(/[^#]+/, 81),
  subject: some(/[^#]+/, 161),
  thing,
  other: thing,
  kind: word,
  class: word,
  state: word,
  type: word,
  role: word,
  provider: word,
  leg: some(/[A-Za-z0-9_-]{1,16}/, 16),
  mailbox: some(/[0-9A-Za-z._-]{1,32}/, 32),
  sequence: some(/[a-z0-9][a-z0-9._-]{0,63}/, 64),
  extension: some(/[0-9*h]{1,16}/, 16),
  number: some(/\+?\d{1,20}/, 21),
  mac: some(/[0-9A-F:]{17}/, 17),
  address: some(/[0-9a-f.:]+/, 45),
  network: some(/[0-9a-f.:]+\/\d+/, 49),
  port: digits(5),
  currency: some(/[A-Z]{3}/, 3),
  host: some(/[a-z0-9.-]{1,253}/, 253),
  client: some(/svc_[a-zA-Z0-9_]{3,48}/, 52),
  alias: some(/[a-z][a-z0-9-]{1,62}/, 63),
  route: some(/[A-Z]+ \/[^#]*/, 120),
  name: free(200 * wide),
  username: free(254),
  email: free(254),
  idempotencyKey: free(255 * 2),
  value: free(255 * wide),
  party: free(128 * wide),
  reference: free(128 * wide),
  resource: free((64 + 1 + 128) * wide),
  label: free(64 * wide),
  messageId: free(128 * wide),
};

/** Whether a variable of a template is known; messages name it. */
export const unknownVariables = (template: string): string[] =>
  namesIn(template).filter((name) => variables[name] === undefined);

export const variableNames = Object.keys(variables);

const variableOf = (name: string): Variable => {
  const found = variables[name];
  if (found === undefined) throw new Error(`No variable is called <${name}>`);
  return found;
};

/** The variables of a template, in order. */
export const namesIn = (template: string): string[] => [...template.matchAll(/<(\w+)>/g)].map(([, name = '']) => name);

export const alternativesOf = (sort: string): string[] => sort.split(' | ');

const escaped = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const sourceOf = ({ form }: Variable): string => (form === 'free' ? '.+' : form.source);

/** The template with its optional shard, and without. */
const variants = (template: string): string[] =>
  template.includes('[#<shard>]')
    ? [template.replace('[#<shard>]', ''), template.replace('[#<shard>]', '#<shard>')]
    : [template];

const patternOf = (template: string): RegExp =>
  new RegExp(
    `^${template
      .split(/<(\w+)>/)
      .map((part, at) => (at % 2 === 0 ? escaped(part) : `(?:${sourceOf(variableOf(part))})`))
      .join('')}$`,
    'su',
  );

/** Whether a stored key matches a template. */
export const matchesTemplate = (template: string, key: string): boolean =>
  alternativesOf(template)
    .flatMap(variants)
    .some((each) => patternOf(each).test(key));

/** Bytes of the longest key that a template makes. */
export const longestOf = (template: string): number =>
  Math.max(
    ...alternativesOf(template)
      .flatMap(variants)
      .map(
        (each) =>
          Buffer.byteLength(each.replace(/<\w+>/g, '')) +
          namesIn(each).reduce((sum, name) => sum + variableOf(name).bytes, 0),
      ),
  );

/** Whether free text is anywhere but at the end, where its `#` would be read as a separator. */
export const hidesSeparators = (template: string): boolean =>
  alternativesOf(template).some((each) =>
    namesIn(each).some((name) => variableOf(name).form === 'free' && !each.endsWith(`<${name}>`)),
  );

const isFree = (segment: string): boolean => namesIn(segment).some((name) => variableOf(name).form === 'free');
const isLiteral = (segment: string): boolean => namesIn(segment).length === 0;

/** Whether two segments never have the same text, as far as a literal shows. */
const differ = (one: string, other: string): boolean =>
  (isLiteral(one) && !patternOf(other).test(one)) || (isLiteral(other) && !patternOf(one).test(other));

function areDisjoint(one: string, other: string): boolean {
  const [left, right] = [one.split('#'), other.split('#')];
  if (left.length !== right.length && !left.some(isFree) && !right.some(isFree)) return true;
  return left.some((segment, at) => right[at] !== undefined && differ(segment, right[at]));
}

/** Whether no key matches two templates (or one template both with its shard and without). */
export const areDistinct = (templates: readonly string[]): boolean => {
  const all = templates.flatMap(variants);
  return all.every((one, at) => all.slice(at + 1).every((other) => areDisjoint(one, other)));
};
