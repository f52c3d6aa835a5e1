import * as z from 'zod';
import { IdInUrl } from './values.ts';

/** A user that a path or query names: by id, or the caller as `me`. Handlers see ids only. */

const ofUsers = z.registry<{ readonly names: 'user' }>();

export const UserInUrl = z
  .union([z.literal('me'), IdInUrl], 'is neither me nor a well-formed id')
  .register(ofUsers, { names: 'user' });

const namesUser = (schema: z.ZodType | undefined): boolean =>
  schema !== undefined && ofUsers.get(schema instanceof z.ZodOptional ? schema.unwrap() : schema) !== undefined;

type Values = Readonly<Record<string, string>>;
type Schemas = Readonly<Record<string, z.ZodType>>;

/** The names of the values that mean the caller. */
export const valuesOfCaller = (schemas: Schemas, values: Values): readonly string[] =>
  Object.keys(values).filter((name) => values[name] === 'me' && namesUser(schemas[name]));

/** The values with the id of the caller where they mean it. */
export const withCaller = (schemas: Schemas, values: Values, caller: string): Values => ({
  ...values,
  ...Object.fromEntries(valuesOfCaller(schemas, values).map((name) => [name, caller])),
});
