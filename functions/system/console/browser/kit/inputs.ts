import { isObject, listIn, textIn } from '../../json-value.ts';
import type { ApiRequest, Query } from './api-request.ts';
import { fieldsOf, plain, type FormField, type FormValues } from './form-fields.ts';
import type { Operation, Operations, Parameter, Schema } from './operations.ts';

/** What an operation is asked with: variables of its path, its query and the fields of its body. */

const paging = new Set(['limit', 'per_page', 'offset', 'page', 'page_token', 'count', 'org_id']);

const methodOf = (route: string): string => route.slice(0, route.indexOf(' '));

const propertiesOf = ({ body }: Operation, { schemas }: Operations): Schema => {
  const { properties } = plain(body, schemas);
  return isObject(properties) ? properties : {};
};

const described = ({ description, schema }: Parameter): Schema => ({ description, ...schema });

const asSchema = (parameters: readonly Parameter[]): Schema =>
  Object.fromEntries(parameters.map((parameter) => [parameter.name, described(parameter)]));

/** The variables that a person is asked for: all but the first one, if that is given. */
const openVariables = ({ variables }: Operation, given: string | undefined): readonly Parameter[] =>
  given === undefined ? variables : variables.slice(1);

/** @param given id of the resource that the operation is about; undefined: it is asked for, too */
export function inputsOf(
  operation: Operation,
  operations: Operations,
  given: string | undefined,
): readonly FormField[] {
  const asked = [...openVariables(operation, given), ...operation.query.filter(({ name }) => !paging.has(name))];
  const required = [
    ...asked.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    ...listIn(plain(operation.body, operations.schemas)['required']),
  ];
  const properties = { ...asSchema(asked), ...propertiesOf(operation, operations) };
  return fieldsOf({ properties, required }, operations, operation.example);
}

/** The path of a route with its variables, in their order; one that ends with `+` may have several segments. */
export function filledIn(route: string, ...values: readonly string[]): string {
  const rest = [...values];
  return route.slice(route.indexOf(' ') + 1).replaceAll(/\{[^}]+\}/g, (variable) => {
    const value = rest.shift();
    if (value === undefined) return variable;
    const segments = variable.endsWith('+}') ? value.split('/') : [value];
    return segments.map((segment) => encodeURIComponent(segment)).join('/');
  });
}

/**
 * @param values of the inputs, by name
 * @param given as for `inputsOf`
 */
export function requestOf(
  route: string,
  operation: Operation,
  values: FormValues,
  given: string | undefined,
): ApiRequest {
  const open = openVariables(operation, given).map(({ name }) => name);
  const query = operation.query.map(({ name }) => name).filter((name) => values[name] !== undefined);
  const inBody = Object.entries(values).filter(([name]) => !open.includes(name) && !query.includes(name));
  const path = filledIn(route, ...(given === undefined ? [] : [given]), ...open.map((name) => String(values[name])));
  return {
    method: methodOf(route),
    path,
    ...(query.length === 0 ? {} : { query: Object.fromEntries(query.map((name) => [name, values[name]])) as Query }),
    ...(operation.body === undefined ? {} : { body: Object.fromEntries(inBody) }),
  };
}

/**
 * The version that a change replaces: that of what was read. Undefined if the change is of another resource.
 * @param namedBy field that names the resource; undefined: there is one only
 */
export const replacedVersion = (
  { version, ...read }: FormValues,
  wanted: FormValues,
  namedBy: string | undefined,
): number | undefined => {
  const isSame = namedBy === undefined || textIn(wanted[namedBy]) === textIn(read[namedBy]);
  return isSame && typeof version === 'number' ? version : undefined;
};

/** Whether a change says if a large removal is meant: with a version, the API does not ask (`REMOVES_MANY`). */
export const hasRemovals = (operation: Operation, operations: Operations): boolean =>
  'confirm_removal' in propertiesOf(operation, operations);

/** The filters of a list: of its query, or of the body of a search. */
export function filtersOf(operation: Operation, operations: Operations): readonly Parameter[] {
  const required = new Set(listIn(plain(operation.body, operations.schemas)['required']));
  const inBody = Object.entries(propertiesOf(operation, operations)).map(([name, property]): Parameter => {
    const schema = plain(property, operations.schemas);
    const { description } = schema;
    return {
      name,
      description: typeof description === 'string' ? description : '',
      isRequired: required.has(name),
      schema,
    };
  });
  return [...operation.query, ...inBody].filter(({ name }) => !paging.has(name) && name !== '');
}

/** The request for the first page of a list. @param filters what was filled in */
export function listRequest(route: string, filters: Query, ...variables: readonly string[]): ApiRequest {
  const [method, path] = [methodOf(route), filledIn(route, ...variables)];
  return method === 'GET' ? { method, path, query: filters } : { method, path, body: filters };
}
