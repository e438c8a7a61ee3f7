import test from 'brittle'
import { NameIndex, sidecarsFor, titleFits } from '../lib/import/sidecars.ts'

test('import sidecars: names', (t) => {
  const long = 'A very long name of a photograph of the family.jpg'
  const cases: [name: string, sidecar: string][] = [
    ['IMG_1.jpg', 'IMG_1.jpg.supplemental-metadata.json'],
    ['IMG_1.jpg', 'IMG_1.jpg.json'],
    ['IMG_1.JPG', 'IMG_1.jpg.json'],
    ['PXL_20210723_145619123.PORTRAIT.jpg', 'PXL_20210723_145619123.PORTRAIT.jpg.supplement.json'],
    ['PXL_20210723_145619123.jpg', 'PXL_20210723_145619123.jpg.supplemental-metada.json'],
    [long, `${long.slice(0, 46)}.json`],
    ['IMG(1).jpg', 'IMG.jpg.supplemental-metadata(1).json'],
    ['IMG(1).jpg', 'IMG.jpg(1).json'],
    ['IMG(1).jpg', 'IMG(1).jpg.json'],
    ['PXL_20210723_145619123(2).jpg', 'PXL_20210723_145619123.jpg.supplemental-metada(2).json'],
    ['IMG_1-edited.jpg', 'IMG_1.jpg.json'],
    ['IMG_1-edited(1).jpg', 'IMG_1.jpg(1).json'],
    ['IMG_1-bearbeitet.jpg', 'IMG_1.jpg.supplemental-metadata.json'],
    ['IMG_1-modifié.jpg'.normalize('NFD'), 'IMG_1.jpg.json'],
    ['PXL_20210723_145619123.MP', 'PXL_20210723_145619123.MP.jpg.json'],
    ['PXL_20210723_145619123.MP', 'PXL_20210723_145619123.MP.jpg.supplemental-met.json'],
    ['IMG_1.mp4', 'IMG_1.HEIC.json'],
    ['IMG_1.MP4', 'IMG_1.HEIC.supplemental-metadata.json'],
    ['IMG_1.MOV', 'IMG_1.JPG.json'],
    ['IMG_1(1).MP4', 'IMG_1.HEIC(1).json'],
    ['Übung.jpg'.normalize('NFD'), 'Übung.jpg.json']
  ]
  for (const [name, sidecar] of cases) {
    const others = ['IMG_2.jpg.json', 'IMG_1.jpg.txt', 'metadata.json', name]
    t.alike(sidecarsFor(name, [...others, sidecar]).takeout, [sidecar], `${name}: ${sidecar}`)
  }

  const folder = ['IMG.jpg', 'IMG(1).jpg', 'IMG.jpg.json', 'IMG.jpg(1).json', 'IMG-edited.jpg']
  t.alike(sidecarsFor('IMG.jpg', folder).takeout, ['IMG.jpg.json'], 'not that of the second')
  t.alike(sidecarsFor('IMG(1).jpg', folder).takeout, ['IMG.jpg(1).json'])
  t.alike(sidecarsFor('IMG-edited.jpg', folder).takeout, ['IMG.jpg.json'])
  t.alike(
    sidecarsFor('IMG_1.mp4', ['IMG_1.HEIC.json', 'IMG_1.mp4.json']).takeout,
    ['IMG_1.mp4.json', 'IMG_1.HEIC.json'],
    'its own first'
  )

  t.alike(sidecarsFor('IMG_1.CR2', ['IMG_1.xmp', 'IMG_1.CR2.xmp']).xmp, ['IMG_1.CR2.xmp', 'IMG_1.xmp'])
  t.alike(sidecarsFor('IMG_1.jpg', ['img_1.XMP', 'IMG_10.xmp']).xmp, ['img_1.XMP'])
  const both = ['A.jpg', 'A.jpg.json', 'A.jpg.xmp', 'a.jpg', 'a.jpg.json', 'a.jpg.xmp']
  for (const name of ['A.jpg', 'a.jpg']) {
    const own = { xmp: [`${name}.xmp`], takeout: [`${name}.json`] }
    t.alike(sidecarsFor(name, both), own, `${name}: its own where another differs in case`)
  }
  t.alike(sidecarsFor('IMG_1.xmp', ['IMG_1.xmp']).xmp, [], 'never itself')
  t.alike(sidecarsFor('IMG_1.jpg', []), { xmp: [], takeout: [] })

  const many = Array.from({ length: 5000 }, (_, i) => [`IMG_${i}.jpg`, `IMG_${i}.jpg.json`]).flat()
  const index = new NameIndex(many)
  const before = performance.now()
  const found = many.filter((name) => sidecarsFor(name, index).takeout.length === 1)
  t.is(found.length, 5000)
  t.ok(performance.now() - before < 5000, 'a folder of 10,000 files')
})

test('import sidecars: titles', (t) => {
  const long = 'A very long name of a photograph of the family at the sea in summer'
  const fits: [title: string, name: string][] = [
    ['IMG_1.jpg', 'IMG_1.jpg'],
    ['IMG_1.HEIC', 'IMG_1.MP4'],
    ['IMG_1.jpg', 'IMG_1(1).jpg'],
    ['IMG_1(1).jpg', 'IMG_1(1).jpg'],
    ['IMG_1.jpg', 'IMG_1-edited.jpg'],
    ['PXL_1.MP.jpg', 'PXL_1.MP'],
    ['What?.jpg', 'What_.jpg'],
    [`${long}.jpg`, `${long.slice(0, 47)}.jpg`]
  ]
  for (const [title, name] of fits) t.ok(titleFits(title, name), `${title}: ${name}`)
  t.absent(titleFits('IMG_10.jpg', 'IMG_1.jpg'))
  t.absent(titleFits('IMG_2.jpg', 'IMG_1.jpg'))
  t.absent(titleFits('', 'IMG_1.jpg'))
})
