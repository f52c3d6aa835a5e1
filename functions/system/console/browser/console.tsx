import '@mantine/core/styles.css';
import '@mantine/spotlight/styles.css';
// Of areas that are loaded later: style sheets are not.
import '@xyflow/react/dist/base.css';
import './flows/graph.module.css';
import './shell/shell.module.css';
import './kit/table.module.css';
import './schedules/week-grid.module.css';
import { language } from './texts/language.ts';
import { loadTexts } from './texts/texts.ts';

/**
 * A page without its texts or its code is empty, and a module that failed to load stays failed: the page itself is
 * loaded again, until the network is back. Browsers drop what they load when an address of the machine changes.
 */
const loadPageAgain = (): unknown => setTimeout(() => location.reload(), 2_000);

/** Loads the texts first: every other module may use them as it is loaded. */
document.documentElement.lang = language;
loadTexts()
  .then(() => import('./application.tsx'))
  .catch(loadPageAgain);
