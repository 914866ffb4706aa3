// Tests of Taxonomy.
