/**
 * `node bin/access-patterns.ts [word …]`: prints the access patterns that contain every word, such as an entity, a
 * route or `sweeper`; without a word, all. Rows and contracts declare them (shared/dynamodb/README.md).
 */
import { accessPatterns } from './access-patterns/patterns.ts';

const words = process.argv.slice(2);

const lines = (await accessPatterns()).flatMap(({ row, index, partition, sort, readers }) =>
  readers.map((reader) => `${reader} | ${row} | ${index} | ${partition} | ${sort}`),
);

console.log('reader | row | index | partition | sort');
for (const line of lines) if (words.every((word) => line.includes(word))) console.log(line);
