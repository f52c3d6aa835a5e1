/**
 * `node bin/access-patterns.ts [word …]`: prints the access patterns that contain every word, such as an entity, a
 * route or `sweeper`; without a word, all.
 */
import { accessPatterns, layouts } from '../functions/access-patterns.ts';

const words = process.argv.slice(2);

const lines = accessPatterns.map((row) => {
  const details = [
    ['serves', row.serves],
    ['filters', row.filters],
    ['order', row.order],
    ['', row.note],
  ] as const;
  const texts = details.flatMap(([name, text]) =>
    text === undefined ? [] : [name === '' ? text : `${name}: ${text}`],
  );
  return `${row.reader} | ${row.by} ${row.index} | ${row.partition} | ${row.sort} | ${texts.join('; ')}`;
});
const found = lines.filter((line) => words.every((word) => line.includes(word)));

console.log(['reader | operation | partition | sort | what the key serves', ...found].join('\n'));
for (const [entity, { keeps, writes }] of Object.entries(layouts))
  if (words.includes(entity)) console.log(`\n${entity}: ${keeps}.${writes === undefined ? '' : ` Writes: ${writes}.`}`);
