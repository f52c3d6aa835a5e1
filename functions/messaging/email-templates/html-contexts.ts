import { attributeKind, hasTextContent, isForbiddenElement, isHarmlessPragma, takesValues } from './html-rules.ts';
import type { MarkedNode } from '#schema/template-interpreter.ts';
import { TemplateFault, type Block, type Node } from '#schema/template-syntax.ts';

/**
 * Places of the values of an HTML template, decided when it is saved (functions/messaging/email-templates/README.md,
 * "HTML"). The text of the template is read as browsers do (HTML Living Standard, 13.2.5), through all branches. What
 * browsers might read in more than one way is rejected.
 */

/** Where a text ends, and so where a value or a block between two texts stands. */
type Context =
  | { readonly in: 'content' }
  | { readonly in: 'text element'; readonly element: string }
  /** Between attributes. `open`: directly after a name, which must not continue. */
  | { readonly in: 'tag'; readonly element: string; readonly closing: boolean; readonly open: boolean }
  | {
      readonly in: 'attribute';
      readonly element: string;
      readonly kind: 'plain' | 'url' | 'fixed';
      readonly quote: string;
    };

/** A node of a template whose addresses are marked: what is written between the marks is the value of one attribute. */
export type HtmlNode = MarkedNode;

const content: Context = { in: 'content' };

/** Reads one text of the template, from a context to the one at its end. */
class Reader {
  readonly nodes: HtmlNode[] = [];
  private at = 0;
  private written = 0;
  private readonly text: string;
  /** Position of the text in the template. */
  private readonly origin: number;

  constructor(text: string, origin: number) {
    this.text = text;
    this.origin = origin;
  }

  read(from: Context): Context {
    let context = from;
    while (this.at < this.text.length) context = this.step(context);
    this.write(this.text.length);
    return context;
  }

  private step(context: Context): Context {
    switch (context.in) {
      case 'content':
        return this.readContent();
      case 'text element':
        return this.readTextElement(context.element);
      case 'tag':
        return this.readTag(context);
      case 'attribute':
        return this.readQuoted(context);
    }
  }

  private fault(message: string, at = this.at): TemplateFault {
    return new TemplateFault(this.origin + Math.min(at, this.text.length), message);
  }

  private write(to: number): void {
    if (to > this.written)
      this.nodes.push({ kind: 'text', text: this.text.slice(this.written, to), at: this.origin + this.written });
    this.written = to;
  }

  private mark(kind: 'address begins' | 'address ends', at: number): void {
    this.write(at);
    this.nodes.push({ kind });
  }

  /** The characters from here on that match, which are read. @param form sticky */
  private take(form: RegExp): string {
    form.lastIndex = this.at;
    const found = form.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private readContent(): Context {
    const at = this.text.indexOf('<', this.at);
    this.at = at < 0 ? this.text.length : at;
    if (at < 0) return content;
    if (this.text.startsWith('<!--', at)) return this.readComment();
    if (this.take(/<[!?]/y) !== '') return this.skipPast('>', 'this declaration', at);
    if (this.take(/<\/?(?![^])/y) !== '') throw this.fault('no value or block can follow this <');
    const start = this.take(/<\/?[A-Za-z]/y);
    if (start !== '') return this.beginTag(start.length === '</a'.length, at);
    if (this.take(/<\//y) !== '') throw this.fault('</ must be followed by the name of an element', at);
    this.at += 1;
    return content;
  }

  private skipPast(end: string, what: string, start: number): Context {
    const at = this.text.indexOf(end, this.at);
    if (at < 0) throw this.fault(`${what} is not closed, or a tag of the template is inside of it`, start);
    this.at = at + end.length;
    return content;
  }

  /** A comment: of the ways to end one, only `-->` is accepted. */
  private readComment(): Context {
    const start = this.at;
    this.at += '<!--'.length;
    if (this.take(/-?>/y) !== '') throw this.fault('this comment ends at once', start);
    this.skipPast('-->', 'this comment', start);
    if (this.text.slice(start, this.at).includes('--!>')) throw this.fault('a comment must end with -->', start);
    return content;
  }

  private beginTag(closing: boolean, at: number): Context {
    const element = (this.text[this.at - 1] + this.take(/[A-Za-z0-9:_-]*/y)).toLowerCase();
    if (isForbiddenElement(element)) throw this.fault(`the element ${element} is not allowed`, at);
    return { in: 'tag', element, closing, open: true };
  }

  private readTag({ element, closing, open }: Extract<Context, { in: 'tag' }>): Context {
    const start = this.at;
    if (this.take(/[ \t\r\n\f/]+/y) !== '') return { in: 'tag', element, closing, open: false };
    if (this.take(/>/y) !== '') return !closing && hasTextContent(element) ? { in: 'text element', element } : content;
    const name = open ? '' : this.take(/[A-Za-z_:@][A-Za-z0-9_:.@-]*/y).toLowerCase();
    if (name === '') throw this.fault('this character cannot be in a tag', start);
    if (closing) throw this.fault('an end tag has no attributes', start);
    const kind = attributeKind(name);
    if (kind === 'forbidden') throw this.fault(`the attribute ${name} is not allowed`, start);
    if (this.take(/[ \t\r\n\f]*=[ \t\r\n\f]*/y) === '') return { in: 'tag', element, closing, open: true };
    return this.beginValue(element, name, kind);
  }

  private beginValue(element: string, name: string, kind: ReturnType<typeof attributeKind>): Context {
    const start = this.at;
    const quote = this.take(/["']/y);
    if (kind === 'pragma') return this.readPragma(element, quote, start);
    if (quote !== '') {
      if (kind === 'url') this.mark('address begins', this.at);
      return { in: 'attribute', element, kind: kind === 'forbidden' ? 'fixed' : kind, quote };
    }
    const value = this.take(/[^ \t\r\n\f>"'`=<]+/y);
    if (value === '' || this.at === this.text.length)
      throw this.fault(`the value of ${name} must be in quotation marks`, start);
    if (kind === 'url') {
      this.mark('address begins', start);
      this.mark('address ends', this.at);
    }
    return { in: 'tag', element, closing: false, open: true };
  }

  private readPragma(element: string, quote: string, start: number): Context {
    const value = this.take(/[A-Za-z-]+/y);
    const isClosed = quote !== '' && this.text[this.at] === quote;
    if (!isClosed || !isHarmlessPragma(value)) throw this.fault('this value of http-equiv is not allowed', start);
    this.at += 1;
    return { in: 'tag', element, closing: false, open: true };
  }

  private readQuoted(context: Extract<Context, { in: 'attribute' }>): Context {
    const { element, kind, quote } = context;
    const end = this.text.indexOf(quote, this.at);
    this.at = end < 0 ? this.text.length : end + 1;
    if (end < 0) return context;
    if (kind === 'url') this.mark('address ends', end);
    return { in: 'tag', element, closing: false, open: true };
  }

  /** Its content may have no `<` that could begin another tag, wherever a reader takes the element to end. */
  private readTextElement(element: string): Context {
    const at = this.text.indexOf('<', this.at);
    this.at = at < 0 ? this.text.length : at;
    if (at < 0) return { in: 'text element', element };
    const end = this.take(/<\/[A-Za-z]+(?=[ \t\r\n\f/>])/y);
    if (end.slice(2).toLowerCase() === element) return { in: 'tag', element, closing: true, open: true };
    if (end !== '' || this.take(/<(?:[A-Za-z!?/]|(?![^]))/y) !== '')
      throw this.fault(`the content of ${element} cannot have tags`, at);
    this.at += 1;
    return { in: 'text element', element };
  }
}

/** @throws TemplateFault where values are not escaped, or a reader would not take them for a value */
function assertTakesValue(context: Context, at: number): void {
  if (context.in === 'content') return;
  if (context.in === 'text element') {
    if (takesValues(context.element)) return;
    throw new TemplateFault(at, `a value cannot be part of ${context.element}`);
  }
  if (context.in === 'tag') throw new TemplateFault(at, 'in a tag, a value can be part of a quoted attribute only');
  if (context.kind === 'fixed') throw new TemplateFault(at, 'a value cannot be part of this attribute');
}

const isSame = (one: Context, other: Context): boolean => JSON.stringify(one) === JSON.stringify(other);

/** The context after two branches. A name that only one of them ends with must not continue after both. */
function joined(one: Context, other: Context, at: number): Context {
  if (isSame(one, other)) return one;
  if (one.in === 'tag' && other.in === 'tag' && isSame({ ...one, open: true }, { ...other, open: true }))
    return { ...one, open: true };
  throw new TemplateFault(at, 'both branches of a block must end at the same place of the HTML');
}

type Read = { readonly nodes: readonly HtmlNode[]; readonly end: Context };

function readNode(node: Node, from: Context): Read {
  if (node.kind === 'value') {
    assertTakesValue(from, node.at);
    return { nodes: [node], end: from };
  }
  if (node.kind === 'text') {
    const reader = new Reader(node.text, node.at);
    const end = reader.read(from);
    return { nodes: reader.nodes, end };
  }
  const body = readNodes(node.body, from);
  const otherwise = readNodes(node.otherwise, from);
  if (node.kind === 'each') assertRepeatable(node, from, body.end);
  const end = joined(body.end, otherwise.end, node.at);
  return { nodes: [{ ...node, body: body.nodes, otherwise: otherwise.nodes }], end };
}

/** The body of `each` also follows itself. @throws TemplateFault if it would be read in another way then */
function assertRepeatable({ body, at }: Block, from: Context, end: Context): void {
  if (isSame(from, end)) return;
  const again = readNodes(body, joined(from, end, at)).end;
  if (!isSame(again, end)) throw new TemplateFault(at, 'the body of #each must end where it began');
}

function readNodes(nodes: readonly Node[], from: Context): Read {
  const read: HtmlNode[] = [];
  let context = from;
  for (const node of nodes) {
    const { nodes: more, end } = readNode(node, context);
    read.push(...more);
    context = end;
  }
  return { nodes: read, end: context };
}

/**
 * The nodes of an HTML template, with its addresses marked.
 * @throws TemplateFault for HTML that is not allowed, and for values where they cannot be made harmless
 */
export function readHtml(nodes: readonly Node[], source: string): readonly HtmlNode[] {
  const { nodes: read, end } = readNodes(nodes, content);
  if (end.in !== 'content') throw new TemplateFault(source.length, 'a tag, an attribute or an element is not closed');
  return read;
}
