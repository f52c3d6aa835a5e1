/**
 * `npm run access-patterns -- [word …]`: prints the access patterns that contain every word, such as an entity, a
 * route or `sweeper`; without a word, all. Rows and contracts declare them (shared/dynamodb/README.md).
 */
import * as z from 'zod';
import { accessPatterns } from './access-patterns/patterns.ts';
import { argumentsOf, command } from './command-line/command.ts';

export const tool = command({
  name: 'access-patterns',
  purpose: 'Prints the access patterns of the table that contain every word; without a word, all.',
  arguments: { word: z.array(z.string()).default([]).describe('such as an entity, a route or sweeper') },
});

if (import.meta.main) {
  const { word: words } = argumentsOf(tool);

  const lines = (await accessPatterns()).flatMap(({ row, index, partition, sort, readers }) =>
    readers.map((reader) => `${reader} | ${row} | ${index} | ${partition} | ${sort}`),
  );

  console.log('reader | row | index | partition | sort');
  for (const line of lines) if (words.every((word) => line.includes(word))) console.log(line);
}
