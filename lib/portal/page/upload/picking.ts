// The files that were dropped, also those in folders.

export async function filesOf(data: DataTransfer): Promise<File[]> {
  // Both lists are empty once the event is over: everything is taken hold of before the first wait.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  const plain = [...data.files]
  if (entries.length === 0) return plain
  const found: File[] = []
  for (const entry of entries) await walk(entry, found)
  return found
}

async function walk(entry: FileSystemEntry, found: File[]): Promise<void> {
  if (entry instanceof FileSystemFileEntry) {
    // Hidden files are nobody's photos.
    if (entry.name.startsWith('.')) return
    found.push(await new Promise<File>((resolve, reject) => entry.file(resolve, reject)))
  } else if (entry instanceof FileSystemDirectoryEntry) {
    const reader = entry.createReader()
    // It tells a hundred at a time.
    for (let some = await read(reader); some.length > 0; some = await read(reader)) {
      for (const one of some) await walk(one, found)
    }
  }
}

function read(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject))
}
