#include "CRuleCatalog.h"
