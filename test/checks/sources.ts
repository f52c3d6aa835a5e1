import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = new URL('../../', import.meta.url);

/** Every TypeScript file of the project. */
export const sourceFiles: readonly string[] = globSync(['*.ts', '{bin,functions,infra,shared,test}/**/*.{ts,tsx}'], {
  cwd: root,
}).toSorted();

export const filesOf = (...patterns: readonly string[]): string[] => globSync([...patterns], { cwd: root }).toSorted();

export const textOf = (file: string): string => readFileSync(new URL(file, root), 'utf8');

const folders: Readonly<Record<string, string>> = {
  '#bin/': 'bin/',
  '#functions/': 'functions/',
  '#infra/': 'infra/',
  '#test/': 'test/',
  '#': 'shared/',
};

/** The file that an import of another one names; the specifier itself if it is a package. */
export function fileOf(specifier: string, from: string): string {
  if (specifier.startsWith('.')) return join(from, '..', specifier);
  const prefix = Object.keys(folders).find((each) => specifier.startsWith(each));
  return prefix === undefined ? specifier : `${folders[prefix]}${specifier.slice(prefix.length)}`;
}

/** A comment or a string of a source file: what people read. */
export type Passage = { readonly file: string; readonly line: number; readonly text: string };

const isText = (node: ts.Node): node is ts.LiteralLikeNode =>
  ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node);

const isSpecifier = ({ parent }: ts.Node): boolean =>
  ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent) || ts.isImportTypeNode(parent.parent);

/** What can have the signs of a comment without being one. */
const isLiteral = (node: ts.Node): boolean => isText(node) || ts.isRegularExpressionLiteral(node) || ts.isJsxText(node);

/** The begin of a comment, and all of it. */
const comment = /\/\/.*|\/\*[^]*?\*\//y;

/** The comments of a file, and its strings but for those that name modules. */
export function passagesIn(file: string): { readonly comments: Passage[]; readonly strings: Passage[] } {
  const text = textOf(file);
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const strings: Passage[] = [];
  /** Ends of literals by their begins. */
  const literals = new Map<number, number>();
  const passage = (from: number, of: string): Passage => ({
    file,
    line: source.getLineAndCharacterOfPosition(from).line + 1,
    text: of,
  });
  const visit = (node: ts.Node): void => {
    if (isLiteral(node)) literals.set(ts.isJsxText(node) ? node.pos : node.getStart(source), node.end);
    if (isText(node) && !isSpecifier(node)) strings.push(passage(node.getStart(source), node.text));
    ts.forEachChild(node, visit);
  };
  visit(source);
  const comments: Passage[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const literalEnd = literals.get(at);
    comment.lastIndex = at;
    const [found] = literalEnd === undefined && text[at] === '/' ? (comment.exec(text) ?? []) : [];
    if (found !== undefined) comments.push(passage(at, found));
    at = Math.max(at, (literalEnd ?? at + (found?.length ?? 1)) - 1);
  }
  return { comments, strings };
}
