import { Parser } from 'htmlparser2';

/** XML as `mod_xml_cdr` writes it: elements with elements or text. Attributes are not read. */

/** An element by the names of its children: of several of a name, the first one. */
type Element = { [name: string]: Element | string };

/** Elements within one another; a CDR of FreeSWITCH has about eight. */
const maxDepth = 64;

/** Without a prototype: any name may come. */
const newElement = (): Element => Object.create(null) as Element;

type Open = { readonly name: string; readonly element: Element; text: string };

const isEmpty = (element: Element): boolean => Object.keys(element).length === 0;

/** The root element in an object of its name; undefined if the text is no well-formed document. */
export function parseXml(text: string): object | undefined {
  const root: Open = { name: '', element: newElement(), text: '' };
  const open: Open[] = [root];
  const reading = { isBroken: false };
  const parser = new Parser(
    {
      onopentag: (name) => {
        reading.isBroken ||= open.length > maxDepth;
        if (!reading.isBroken) open.push({ name, element: newElement(), text: '' });
      },
      ontext: (part) => {
        const current = open.at(-1);
        if (current !== undefined && !reading.isBroken) current.text += part;
      },
      onclosetag: (_name, isImplied) => {
        if (reading.isBroken) return;
        const closed = open.pop();
        const parent = open.at(-1)?.element;
        if (closed === undefined || parent === undefined) return;
        // `<name/>` closes itself, and is empty.
        reading.isBroken = isImplied && !(isEmpty(closed.element) && closed.text === '');
        if (closed.name in parent) return;
        parent[closed.name] = isEmpty(closed.element) ? closed.text.trim() : closed.element;
      },
    },
    // No entity but those of XML is known, so none expands.
    { xmlMode: true, decodeEntities: true },
  );
  parser.end(text);
  return reading.isBroken || isEmpty(root.element) || root.text.trim() !== '' ? undefined : root.element;
}
