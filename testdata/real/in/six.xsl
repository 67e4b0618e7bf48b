<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="text"/>
<xsl:template match="/">xslt <xsl:value-of select="count(//i)"/></xsl:template>
</xsl:stylesheet>
