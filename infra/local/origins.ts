import { isObject, type CloudResource } from './templates/resource.ts';

/** Fields of templates that say which pages browsers may let read answers: of an HTTP API, and of a bucket. */
const fields: ReadonlySet<string> = new Set(['AllowOrigins', 'AllowedOrigins']);

function withOrigins(value: unknown, origins: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((each) => withOrigins(each, origins));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      fields.has(name) && Array.isArray(each)
        ? (each as readonly unknown[]).flatMap((origin) => (origin === '*' ? [...origins] : [origin]))
        : withOrigins(each, origins),
    ]),
  );
}

/**
 * Resources that let pages of these origins read answers, where the templates of the local stage have `*`: they do not
 * know its address. Pages of any other origin that a person opens must not read what this machine answers.
 */
export const allowOrigins = (resources: readonly CloudResource[], origins: readonly string[]): CloudResource[] =>
  resources.map((resource) => ({
    ...resource,
    properties: withOrigins(resource.properties, origins) as CloudResource['properties'],
  }));
