import ts from 'typescript';
import { textOf, type Passage } from './sources.ts';

/** Sentences that users read: of documents, and of texts in sources. */

/** Code counts as one word, a link as its text. */
const asRead = (text: string): string =>
  text
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/`[^`]*`/g, '`code`')
    .replaceAll(/[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}/g, '');

/** Where a sentence ends: before a capital, code or a digit, and not after an abbreviation. */
const sentenceEnd = /(?<![\s.(](?:e\.g|i\.e|vs|no|cf|etc|p))[.?!]['")*]*\s+(?=['"(*]*[\p{Lu}`\d])/u;

export const sentencesIn = (text: string): string[] =>
  asRead(text)
    .replaceAll(/\s+/g, ' ')
    .split(sentenceEnd)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');

export const wordsIn = (sentence: string): number => sentence.match(/[\p{L}\d][\p{L}\d'’./-]*/gu)?.length ?? 0;

/** A line that begins a block of its own: a list item, heading, quotation, row of a table, or definition. */
const beginsBlock = /^\s*(?:[-*+]|\d+[.)]|#{1,6}|>|\|)\s?/;

/** Paragraphs, items and cells of a Markdown document, without blocks of code. */
export function blocksIn(file: string): Passage[] {
  const blocks: { file: string; line: number; text: string }[] = [];
  let isCode = false;
  let isOpen = false;
  for (const [position, line] of textOf(file).split('\n').entries()) {
    if (/^\s*(```|~~~)/.test(line)) isCode = !isCode;
    if (isCode || /^\s*(```|~~~|<)/.test(line) || line.trim() === '') {
      isOpen = false;
      continue;
    }
    const add = (text: string) => blocks.push({ file, line: position + 1, text });
    if (line.trimStart().startsWith('|')) for (const cell of line.split(/(?<!\\)\|/)) add(cell);
    else if (isOpen && !beginsBlock.test(line)) blocks.at(-1)!.text += ` ${line.trim()}`;
    else add(line.replace(beginsBlock, ''));
    isOpen = !/^\s*[|#]/.test(line);
  }
  return blocks;
}

/** The text of an expression that only joins literals; what is inserted counts as one word. */
function joinedText(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `code${literal.text}`).join('');
  if (ts.isParenthesizedExpression(node)) return joinedText(node.expression);
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [joinedText(node.left), joinedText(node.right)];
  return left === undefined && right === undefined ? undefined : `${left ?? 'code'}${right ?? 'code'}`;
}

/** Styles, scripts, queries and images in sources. */
const isCode = (text: string): boolean => /\{[^]*;[^]*\}|=>|^data:|^\s*(?:SELECT|DELETE|INSERT|UPDATE)\b/.test(text);

/** Elements of a page, items of a list and paragraphs begin blocks of their own. */
const elementsIn = (text: string): string[] =>
  isCode(text)
    ? []
    : text
        .split(/<\/?(?!code|b>|a )[a-z!][^>]*>|\n\s*(?:[-*]|\d+[.])\s|\n\s*\n/i)
        .map((part) => part.replaceAll(/<[^>]*>/g, ''));

/** Texts of a source file, each with the literals that it is joined of. */
export function textsIn(file: string): Passage[] {
  const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true);
  const texts: Passage[] = [];
  const visit = (node: ts.Node): void => {
    const text = ts.isExpression(node) ? joinedText(node) : undefined;
    if (text === undefined) {
      node.forEachChild(visit);
      return;
    }
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    for (const part of elementsIn(text)) texts.push({ file, line: line + 1, text: part });
  };
  visit(source);
  return texts;
}
