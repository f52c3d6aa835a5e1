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

/** The comments of a file, and its strings but for those that name modules. */
export function passagesIn(file: string): { readonly comments: Passage[]; readonly strings: Passage[] } {
  const text = textOf(file);
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const comments = new Map<number, Passage>();
  const strings: Passage[] = [];
  const passage = (from: number, of: string): Passage => ({
    file,
    line: source.getLineAndCharacterOfPosition(from).line + 1,
    text: of,
  });
  const visit = (node: ts.Node): void => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ];
    for (const { pos, end } of ranges) comments.set(pos, passage(pos, text.slice(pos, end)));
    if (isText(node) && !isSpecifier(node)) strings.push(passage(node.getStart(source), node.text));
    for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);
  return { comments: [...comments.values()], strings };
}
