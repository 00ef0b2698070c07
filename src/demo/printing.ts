/** Plain English on a terminal: chapters, paragraphs, aligned columns; colours where the terminal takes them. */

export interface Output {
  write(text: string): unknown;
}

export interface Printer {
  title(text: string): void;
  /** Numbered in the order of their coming. */
  chapter(title: string): void;
  /** Broken into lines at the page's width. */
  paragraph(text: string): void;
  line(text?: string): void;
  /** Prints the header, and then row by row, so that a reader sees each as it happens. */
  openTable(columns: readonly Column[]): (cells: readonly Cell[]) => void;
  paint(text: string, style: Style): string;
}

export interface Column {
  readonly title: string;
  readonly width: number;
  readonly align?: 'right';
}

export type Style = 'good' | 'bad' | 'strong' | 'faint';
export type Cell = string | { readonly text: string; readonly style: Style };

const PAGE_WIDTH = 100;
const INDENT = '   ';
const ANSI: Readonly<Record<Style, string>> = { good: '32', bad: '31', strong: '1', faint: '2' };

export function createPrinter(output: Output, { colours }: { colours: boolean }): Printer {
  let chapters = 0;
  const paint = (text: string, style: Style) => (colours ? `\u001b[${ANSI[style]}m${text}\u001b[0m` : text);
  const line = (text = '') => void output.write(`${text}\n`);

  return {
    line,
    paint,
    title(text) {
      line();
      line(paint(text, 'strong'));
    },
    chapter(title) {
      chapters += 1;
      line();
      line(paint(`${chapters}  ${title}`, 'strong'));
    },
    paragraph(text) {
      for (const part of wrapText(text, PAGE_WIDTH - INDENT.length)) line(`${INDENT}${part}`);
    },
    openTable(columns) {
      const draw = (cells: readonly Cell[]) =>
        `${INDENT}${columns.map((column, index) => drawCell(cells[index] ?? '', column, paint)).join('  ')}`;
      line();
      line(paint(draw(columns.map(({ title }) => title)).trimEnd(), 'faint'));
      return (cells) => line(draw(cells).trimEnd());
    },
  };
}

function drawCell(cell: Cell, { width, align }: Column, paint: Printer['paint']): string {
  const text = typeof cell === 'string' ? cell : cell.text;
  const padded = align === 'right' ? text.padStart(width) : text.padEnd(width);
  return typeof cell === 'string' ? padded : paint(padded, cell.style);
}

function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

export function describeMs(ms: number): string {
  if (ms >= 10_000) return `${Math.round(ms / 1000)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms >= 10 ? Math.round(ms) : ms.toFixed(1)} ms`;
}
