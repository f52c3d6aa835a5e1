import type { Operations, Schema } from '../../operations.ts';
import { at } from '../../json-value.ts';
import { namesIn } from '../kit/arrangement.ts';
import { fieldsOf, plain, type FormField } from '../kit/form-fields.ts';
import { operationOf } from '../kit/operation.ts';
import type { SettingsSection } from './sections.ts';

/** Which fields a section of the settings has. */

export const changeRoute = 'POST /orgs/{id}';

/** The schema of an object within a body. */
const schemaAt = (body: Schema, path: readonly string[], { schemas }: Operations): Schema =>
  path.reduce((schema, name) => plain(at(schema, 'properties', name), schemas), plain(body, schemas));

/** The fields of a section: what a form does not show is not sent. @param isSeller whether the seller fills it in */
export function fieldsOfSection(
  section: SettingsSection,
  operations: Operations,
  isSeller: boolean,
): readonly FormField[] {
  const { body = {} } = operationOf(operations, changeRoute);
  const names = new Set(namesIn(section.form));
  for (const name of isSeller ? [] : (section.bySeller ?? [])) names.delete(name);
  return fieldsOf(schemaAt(body, section.at, operations), operations, undefined).filter(({ name }) => names.has(name));
}
