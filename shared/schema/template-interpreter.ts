import { AppError, invalid } from '../errors.ts';
import type { Block, Node, Path } from './template-syntax.ts';

/** Templates with values: bounded in time and size, whatever they and the values are. */

/** Values by name, as JSON. */
export type Values = Readonly<Record<string, unknown>>;

/** Steps of a rendering: one for each node, each name of a path, and each item of a list. */
const maxSteps = 100_000;
/** Items of a list that `each` goes through. */
const maxItems = 1_000;
/** Bytes (UTF-8) of a result, such as one part of an e-mail. */
const maxResult = 512 * 1024;

const tooMuch = (message: string): AppError => new AppError('INVALID_TEMPLATE', message);

/** The steps that the parts of one result may still take. */
export class Budget {
  private steps = 0;

  /** @throws AppError INVALID_TEMPLATE */
  spend(): void {
    this.steps += 1;
    if (this.steps > maxSteps) throw tooMuch(`The template takes more than ${maxSteps} steps with these variables`);
  }
}

/** A scope of names: the values, or an item of a list. */
type Scope = {
  readonly value: unknown;
  readonly index: number;
  readonly name: string;
  readonly outer: Scope | undefined;
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** An own property of a value; names that every object inherits are no properties. */
export function propertyOf(value: unknown, name: string): unknown {
  if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
  const own: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
  return typeof own === 'function' ? undefined : own;
}

/** Whether a value counts as true in `if`, as in Handlebars. */
const isTruthy = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));

/** How a value is written. */
export type Escape = (text: string) => string;

/** A node of a template. What is written between two marks is judged as a whole. */
export type MarkedNode =
  | Extract<Node, { readonly kind: 'text' | 'value' }>
  | { readonly kind: 'address begins' | 'address ends' }
  | MarkedBlock;
type MarkedBlock = Omit<Block, 'body' | 'otherwise'> & {
  readonly body: readonly MarkedNode[];
  readonly otherwise: readonly MarkedNode[];
};

/** How a template is written. */
export type Writing = {
  readonly escape: Escape;
  /** What is written in place of an address, for templates with marks. */
  readonly address?: Escape;
};

/** Writes one part of a result. */
class Writer {
  private readonly pieces: string[] = [];
  private size = 0;
  private addressFrom = 0;
  private readonly writing: Writing;
  private readonly budget: Budget;

  constructor(writing: Writing, budget: Budget) {
    this.writing = writing;
    this.budget = budget;
  }

  get result(): string {
    return this.pieces.join('');
  }

  write(nodes: readonly MarkedNode[], scope: Scope): void {
    for (const node of nodes) {
      this.budget.spend();
      this.writeNode(node, scope);
    }
  }

  private writeNode(node: MarkedNode, scope: Scope): void {
    if ('path' in node) {
      this.writeTag(node, scope);
      return;
    }
    if (node.kind === 'text') this.add(node.text);
    else if (node.kind === 'address begins') this.addressFrom = this.pieces.length;
    else this.pieces.push((this.writing.address ?? escapeNothing)(this.pieces.splice(this.addressFrom).join('')));
  }

  private writeTag(node: Extract<MarkedNode, { readonly path: Path }>, scope: Scope): void {
    const value = this.look(node.path, scope);
    if (node.kind === 'value') this.add(this.writing.escape(textOf(value, nameOf(node.path, scope))));
    else if (node.kind === 'each') this.repeat(node, value, scope);
    else this.write(isTruthy(value) === (node.kind === 'if') ? node.body : node.otherwise, scope);
  }

  private repeat(node: MarkedBlock, list: unknown, scope: Scope): void {
    const name = nameOf(node.path, scope);
    if (!isTruthy(list)) {
      this.write(node.otherwise, scope);
      return;
    }
    if (!Array.isArray(list)) throw invalid(name, 'is not a list, and the template repeats a part for each item of it');
    if (list.length > maxItems) throw tooMuch(`${name} has more than ${maxItems} items`);
    for (const [index, value] of list.entries()) {
      this.budget.spend();
      this.write(node.body, { value, index, name: `${name}[${index}]`, outer: scope });
    }
  }

  private look({ up, parts }: Path, from: Scope): unknown {
    const scope = ancestor(from, up);
    if (parts === '@index') return scope.index;
    return parts.reduce<unknown>((value, part) => {
      this.budget.spend();
      return propertyOf(value, part);
    }, scope.value);
  }

  private add(text: string): void {
    this.size += Buffer.byteLength(text);
    if (this.size > maxResult) throw tooMuch(`The result would have more than ${maxResult} bytes`);
    this.pieces.push(text);
  }
}

function ancestor(scope: Scope, up: number): Scope {
  let found = scope;
  for (let level = 0; level < up; level += 1) found = found.outer ?? found;
  return found;
}

/** The name of a value in the request. */
const nameOf = ({ up, parts }: Path, scope: Scope): string =>
  [ancestor(scope, up).name, ...(parts === '@index' ? [] : parts)].join('.');

/** A value as text. @throws AppError VALIDATION_FAILED for a list or an object */
function textOf(value: unknown, name: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value.replaceAll('\0', '');
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  throw invalid(name, 'is a list or an object, and the template writes it as text');
}

/** Leaves a value as it is, for plain text. */
export const escapeNothing: Escape = (text) => text;

/**
 * A template with values.
 * @throws AppError INVALID_TEMPLATE beyond a limit; VALIDATION_FAILED for a value that the template cannot write
 */
export function writeTemplate(
  nodes: readonly MarkedNode[],
  values: Values,
  writing: Writing,
  budget = new Budget(),
): string {
  const writer = new Writer(writing, budget);
  writer.write(nodes, { value: values, index: 0, name: 'variables', outer: undefined });
  return writer.result;
}
