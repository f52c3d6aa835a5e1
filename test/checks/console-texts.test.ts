import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { root } from '#infra/esbuild-options.ts';

/** What people read in the console goes through `t`, so that each language has it (console/browser/texts). */

const folder = join(root, 'functions/system/console/browser');
const files = globSync('**/*.{ts,tsx}', { cwd: folder }).filter(
  // Only who changes the kit reads the gallery.
  (file) => !/\.(test|d)\.tsx?$|^(texts|gallery)\//.test(file),
);

/** Attributes that people read or hear. */
const read = new Set([
  'title',
  'label',
  'placeholder',
  'description',
  'aria-label',
  'submit',
  'empty',
  'header',
  'alt',
]);

/** The same in each language. */
const names = new Set(['Trunkline', 'Ctrl K', 'm:ss', '00:15:65:AB:CD:EF', 'Reception']);

const isWords = (text: string): boolean => /\p{L}{2}/u.test(text) && !names.has(text.trim());

type Literal = ts.StringLiteralLike | ts.TemplateExpression;

/** Without the values in it. */
const ownText = (literal: Literal): string =>
  ts.isTemplateExpression(literal)
    ? [literal.head.text, ...literal.templateSpans.map(({ literal: rest }) => rest.text)].join(' ')
    : literal.text;

/** Texts of a file that are written in place, with their lines. */
function textsIn(file: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(join(folder, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const note = (node: ts.Node, text: string): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    if (isWords(text)) found.push(`${file}:${line + 1} ${text.trim().slice(0, 60)}`);
  };
  const isLiteral = (node: ts.Node | undefined): node is Literal =>
    node !== undefined && (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node));
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) note(node, node.text);
    if (ts.isJsxAttribute(node) && read.has(node.name.getText())) {
      const value =
        node.initializer && ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer;
      if (isLiteral(value)) note(node, ownText(value));
    }
    if (ts.isPropertyAssignment(node) && read.has(node.name.getText()) && isLiteral(node.initializer))
      note(node, ownText(node.initializer));
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

test('no text is written in place', () => {
  expect(files.length).toBeGreaterThan(100);
  expect(files.flatMap(textsIn)).toEqual([]);
});
