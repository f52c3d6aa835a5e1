/**
 * The syntax of templates: values, blocks and comments of Handlebars, and nothing else
 * (functions/messaging/README.md, "Templates"). Parsing takes time in proportion to the length of the source.
 */

/** A value that a tag names. */
export type Path = {
  /** Scopes of `each` above the one of the tag: 1 for `../name`. */
  readonly up: number;
  /** Names of properties; none for `this`. `@index` is the position in the list. */
  readonly parts: readonly string[] | '@index';
};

export type BlockKind = 'if' | 'unless' | 'each';

export type Node =
  | { readonly kind: 'text'; readonly text: string; readonly at: number }
  | { readonly kind: 'value'; readonly path: Path; readonly at: number }
  | Block;

export type Block = {
  readonly kind: BlockKind;
  readonly path: Path;
  readonly body: readonly Node[];
  /** What follows `{{else}}`. */
  readonly otherwise: readonly Node[];
  /** Position of the tag in the source, in UTF-16 units; so is `at` of the other nodes. */
  readonly at: number;
};

/** A source that breaks a rule, and where. */
export class TemplateFault extends Error {
  override name = 'TemplateFault';
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Blocks inside one another. */
const maxNesting = 8;
/** Characters of a tag; comments may be longer. */
const maxTag = 300;

type Tag =
  | { readonly kind: 'comment' }
  | { readonly kind: 'else' }
  | { readonly kind: 'open'; readonly block: BlockKind; readonly path: Path }
  | { readonly kind: 'close'; readonly block: string }
  | { readonly kind: 'value'; readonly path: Path };

type Token = { readonly at: number; readonly tag: Tag } | { readonly at: number; readonly text: string };

/** What Handlebars has and templates have not, by the character after `{{`. */
const unsupported: Readonly<Record<string, string>> = {
  '{': 'values without escaping ({{{…}}}) are not allowed',
  '&': 'values without escaping ({{&…}}) are not allowed',
  '>': 'partials are not allowed',
  '*': 'decorators are not allowed',
  '^': 'inverse blocks are written with {{else}} or {{#unless}}',
  '~': 'whitespace control (~) is not supported',
  '@': 'only @index is supported',
};

/** Words that are no names of variables, and properties that every JavaScript object has. */
const literals: ReadonlySet<string> = new Set(['true', 'false', 'null', 'undefined', 'else', 'as']);
const notInPaths: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'this']);
const pathForm = /^(?<up>(?:\.\.\/)*)(?<path>[A-Za-z_][A-Za-z0-9_-]*(?:\.(?:[A-Za-z_][A-Za-z0-9_-]*|[0-9]+))*)$/;

function pathOf(text: string, at: number): Path {
  if (text === '@index') return { up: 0, parts: '@index' };
  const { up, path } = pathForm.exec(text)?.groups ?? {};
  if (up === undefined || path === undefined) throw new TemplateFault(at, faultOfPath(text));
  const [first = '', ...others] = path.split('.');
  const parts = first === 'this' ? others : [first, ...others];
  const wrong = literals.has(first) ? first : parts.find((part) => notInPaths.has(part));
  if (wrong !== undefined) throw new TemplateFault(at, `${wrong} cannot be part of the name of a value`);
  return { up: up.length / '../'.length, parts };
}

const faultOfPath = (text: string): string =>
  /\s/.test(text)
    ? 'a tag names one value; helpers and their parameters are not supported'
    : `${text === '' ? 'an empty tag' : 'this'} is not the name of a value, such as customer.name`;

const blockForm = /^#(?<kind>[^\s]*)(?:\s+(?<path>[^]*))?$/;

function blockOf(text: string, at: number): Tag {
  const { kind = '', path = '' } = blockForm.exec(text)?.groups ?? {};
  if (kind !== 'if' && kind !== 'unless' && kind !== 'each')
    throw new TemplateFault(at, 'helpers are not supported: blocks are #if, #unless and #each');
  return { kind: 'open', block: kind, path: pathOf(path.trim(), at) };
}

/** The tag of the text between its braces. */
function tagOf(text: string, at: number): Tag {
  const first = text.charAt(0);
  const name = text.trim();
  if (first === '#') return blockOf(name, at);
  if (first === '/') return { kind: 'close', block: name.slice(1).trim() };
  if (name === 'else') return { kind: 'else' };
  if (name.startsWith('else ')) throw new TemplateFault(at, '{{else}} takes no condition: put a block into it');
  const problem =
    name === '@index' ? undefined : (unsupported[first] ?? (name.endsWith('~') ? unsupported['~'] : undefined));
  if (problem !== undefined) throw new TemplateFault(at, problem);
  return { kind: 'value', path: pathOf(name, at) };
}

/** A tag that begins at a position, and where it ends. */
function tagAt(source: string, at: number): { readonly tag: Tag; readonly end: number } {
  if (source[at - 1] === '\\') throw new TemplateFault(at, 'a tag cannot be escaped by a backslash');
  const inner = at + '{{'.length;
  if (source[inner] === '!') {
    const close = source.startsWith('!--', inner) ? '--}}' : '}}';
    const end = source.indexOf(close, inner + 1);
    if (end < 0) throw new TemplateFault(at, 'this comment is not closed');
    return { tag: { kind: 'comment' }, end: end + close.length };
  }
  const end = source.indexOf('}}', inner);
  if (end < 0) throw new TemplateFault(at, 'this tag is not closed');
  if (end - inner > maxTag) throw new TemplateFault(at, `a tag has at most ${maxTag} characters`);
  const tag = tagOf(source.slice(inner, end), at);
  if (source[end + '}}'.length] === '}') throw new TemplateFault(at, 'a tag ends with two braces');
  return { tag, end: end + '}}'.length };
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let from = 0;
  for (let at = source.indexOf('{{'); at >= 0; at = source.indexOf('{{', from)) {
    if (at > from) tokens.push({ at: from, text: source.slice(from, at) });
    const { tag, end } = tagAt(source, at);
    tokens.push({ at, tag });
    from = end;
  }
  if (from < source.length) tokens.push({ at: from, text: source.slice(from) });
  return tokens;
}

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';

/** Where the blanks at the end of a text begin. */
function trailingBlanks(text: string): number {
  let at = text.length;
  while (isBlank(text[at - 1])) at -= 1;
  return at;
}

/** Where the line begins that follows the blanks at the start of a text; undefined if other characters follow. */
function afterBlankLine(text: string): number | undefined {
  let at = 0;
  while (isBlank(text[at])) at += 1;
  if (text[at] === '\r' && text[at + 1] === '\n') return at + 2;
  return text[at] === '\n' ? at + 1 : undefined;
}

const textOf = (token: Token | undefined): string | undefined =>
  token !== undefined && 'text' in token ? token.text : undefined;

/** Whether a tag has its line to itself before it, or after it. */
function aloneBefore(tokens: readonly Token[], at: number): boolean {
  const text = at === 0 ? '' : textOf(tokens[at - 1]);
  if (text === undefined) return false;
  const blanks = trailingBlanks(text);
  return blanks === 0 ? at <= 1 : text[blanks - 1] === '\n';
}
function aloneAfter(tokens: readonly Token[], at: number): boolean {
  if (at === tokens.length - 1) return true;
  const text = textOf(tokens[at + 1]);
  if (text === undefined) return false;
  return afterBlankLine(text) !== undefined || (at === tokens.length - 2 && trailingBlanks(text) === 0);
}

/** Whether a tag that gives no text is alone on its line: then the line is no part of the result, as in Handlebars. */
const isAlone = (tokens: readonly Token[], at: number): boolean => {
  const token = tokens[at];
  if (token === undefined || 'text' in token || token.tag.kind === 'value') return false;
  return aloneBefore(tokens, at) && aloneAfter(tokens, at);
};

/** The tokens without the lines that have nothing but a tag of a block or a comment. */
function withoutTagLines(tokens: readonly Token[]): Token[] {
  return tokens.flatMap((token, at): Token[] => {
    if (!('text' in token)) return [token];
    const start = isAlone(tokens, at - 1) ? (afterBlankLine(token.text) ?? token.text.length) : 0;
    const end = isAlone(tokens, at + 1) ? Math.max(start, trailingBlanks(token.text)) : token.text.length;
    return end > start ? [{ at: token.at + start, text: token.text.slice(start, end) }] : [];
  });
}

type Frame = {
  readonly at: number;
  readonly block: { readonly kind: BlockKind; readonly path: Path } | undefined;
  readonly body: Node[];
  readonly otherwise: Node[];
  inElse: boolean;
};

const frameOf = (at: number, block: Frame['block']): Frame => ({ at, block, body: [], otherwise: [], inElse: false });

class Tree {
  readonly root: Frame = frameOf(0, undefined);
  readonly frames: Frame[] = [this.root];

  top(): Frame {
    return this.frames.at(-1) ?? this.root;
  }

  add(node: Node): void {
    const { inElse, body, otherwise } = this.top();
    (inElse ? otherwise : body).push(node);
  }

  /** A path that exists where it is used. */
  checked(path: Path, at: number): Path {
    const lists = this.frames.filter(({ block, inElse }) => block?.kind === 'each' && !inElse).length;
    if (path.parts === '@index' && lists === 0) throw new TemplateFault(at, '@index is known inside #each only');
    if (path.up > lists) throw new TemplateFault(at, '../ leaves an #each, and there is none left here');
    return path;
  }

  open(block: NonNullable<Frame['block']>, at: number): void {
    if (this.frames.length > maxNesting) throw new TemplateFault(at, `blocks are nested at most ${maxNesting} deep`);
    this.frames.push(frameOf(at, { kind: block.kind, path: this.checked(block.path, at) }));
  }

  turnToElse(at: number): void {
    const top = this.top();
    if (top.block === undefined) throw new TemplateFault(at, '{{else}} is outside of a block');
    if (top.inElse) throw new TemplateFault(at, 'this block has two {{else}}');
    top.inElse = true;
  }

  close(name: string, at: number): void {
    const { block, body, otherwise, at: opened } = this.top();
    if (block === undefined) throw new TemplateFault(at, 'this closes no block');
    if (block.kind !== name) throw new TemplateFault(at, `{{#${block.kind}}} must be closed before this`);
    this.frames.pop();
    this.add({ kind: block.kind, path: block.path, body, otherwise, at: opened });
  }
}

function grow(tree: Tree, token: Token): void {
  if ('text' in token) {
    tree.add({ kind: 'text', text: token.text, at: token.at });
    return;
  }
  const { tag, at } = token;
  if (tag.kind === 'value') tree.add({ kind: 'value', path: tree.checked(tag.path, at), at });
  if (tag.kind === 'open') tree.open({ kind: tag.block, path: tag.path }, at);
  if (tag.kind === 'else') tree.turnToElse(at);
  if (tag.kind === 'close') tree.close(tag.block, at);
}

/** The nodes of a template. @throws TemplateFault */
export function parseTemplate(source: string): readonly Node[] {
  const tree = new Tree();
  for (const token of withoutTagLines(tokensOf(source))) grow(tree, token);
  const { block, at, body } = tree.top();
  if (block !== undefined) throw new TemplateFault(at, `{{#${block.kind}}} is not closed`);
  return body;
}

/** Where a position is, for people: line and column from 1, columns in UTF-16 units. */
export function textPositionOf(source: string, at: number): { readonly line: number; readonly column: number } {
  const before = source.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: at - lineStart + 1 };
}

/** The first names of all paths of a source, those in blocks too. @throws TemplateFault. */
export function namesIn(source: string): ReadonlySet<string> {
  const namesOf = (nodes: readonly Node[]): readonly string[] =>
    nodes.flatMap((node) => {
      if (node.kind === 'text') return [];
      const [name = ''] = node.path.parts === '@index' ? [] : node.path.parts;
      return node.kind === 'value' ? [name] : [name, ...namesOf(node.body), ...namesOf(node.otherwise)];
    });
  return new Set(namesOf(parseTemplate(source)));
}
