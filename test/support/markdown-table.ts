/** A table for a page of docs/, with large numbers as people read them. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headings, headings.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(toCell).join(' | ')} |`)
    .join('\n');
}

function toCell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\b\d{4,}\b(?!-\d\d)/g, (digits) => Number(digits).toLocaleString('en'));
}
