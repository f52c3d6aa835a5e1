import { expect, test } from 'vitest';
import { maxSaved, searchesIn, textOfSearches, withoutSearch, withSearch, type SavedSearch } from './saved-searches.ts';

const search = (name: string): SavedSearch => ({ name, draft: { number: name } });

test('what was saved is read again', () => {
  const searches = [search('one'), search('two')];
  expect(searchesIn(textOfSearches(searches))).toEqual(searches);
});

test.each([null, '', '{', '{"name":"one"}', '[1,null,{"name":7},{"draft":{}}]'])('%j has no searches', (text) => {
  expect(searchesIn(text)).toEqual([]);
});

test('values that are no texts are empty', () => {
  expect(searchesIn('[{"name":"one","draft":{"a":1,"b":"2"}}]')).toEqual([{ name: 'one', draft: { a: '', b: '2' } }]);
});

test('a search of the same name is replaced, and the oldest one goes when there are too many', () => {
  const changed = { name: 'one', draft: {} };
  expect(withSearch([search('one'), search('two')], changed)).toEqual([search('two'), changed]);
  const many = Array.from({ length: maxSaved }, (_, at) => search(String(at)));
  expect(withSearch(many, search('new'))).toEqual([...many.slice(1), search('new')]);
  expect(withoutSearch(many, '0')).toEqual(many.slice(1));
});
